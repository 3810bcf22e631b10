// An incident: flagged findings with one fingerprint, which a person has to look at, once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace purposewatch {

enum class Severity : std::uint8_t { kNotice, kWarning, kCritical };
inline constexpr std::array<std::string_view, 3> kSeverityNames = {"notice", "warning", "critical"};
constexpr std::string_view name_of(Severity severity) {
  return kSeverityNames[static_cast<std::size_t>(severity)];
}

// What a person found it to be.
enum class Disposition : std::uint8_t { kMisuse, kMistake, kJustified, kFalseAlarm, kTest };
inline constexpr std::array<std::string_view, 5> kDispositionNames = {"misuse", "mistake", "justified",
                                                                      "false-alarm", "test"};
constexpr std::string_view name_of(Disposition disposition) {
  return kDispositionNames[static_cast<std::size_t>(disposition)];
}
constexpr std::optional<Disposition> disposition_named(std::string_view name) {
  for (std::size_t i = 0; i < kDispositionNames.size(); ++i)
    if (kDispositionNames[i] == name) return static_cast<Disposition>(i);
  return std::nullopt;
}

struct Incident {
  std::string id;  // the fingerprint: 16 hexadecimal digits
  std::string store, reason;
  Severity severity = Severity::kNotice;  // of its worst finding since it was opened
  std::string who;                        // the person, or else the user; visible text
  std::string executable;                 // visible text
  std::uint64_t count = 0;                // accesses, ever
  std::int64_t first_wall_ns = 0, last_wall_ns = 0;
  std::uint32_t reopened = 0;  // how often
  // Of the last review; it is open when there was none since its last finding.
  bool is_open = true;
  std::optional<Disposition> disposition;
  std::string reference;    // ticket
  std::string reviewed_by;  // the person who said so
  std::int64_t reviewed_wall_ns = 0;
};

enum class IncidentChange : std::uint8_t { kOpened, kReviewed, kReopened };
constexpr std::string_view name_of(IncidentChange change) {
  constexpr std::array<std::string_view, 3> names = {"opened", "reviewed", "reopened"};
  return names[static_cast<std::size_t>(change)];
}

}  // namespace purposewatch
