// An incident: flagged findings with one fingerprint, which a person has to look at, once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/base/enum_name.h"

namespace purposewatch {

enum class Severity : std::uint8_t { kNotice, kWarning, kCritical };
inline constexpr std::array<std::string_view, 3> kSeverityNames = {"notice", "warning", "critical"};
constexpr std::string_view name_of(Severity severity) {
  return kSeverityNames[static_cast<std::size_t>(severity)];
}
constexpr std::optional<Severity> severity_named(std::string_view name) {
  return enum_named<Severity>(kSeverityNames, name);
}

// A set of severities: bit i stands for the one of value i.
using SeverityMask = std::uint8_t;
constexpr SeverityMask mask_of(Severity severity) {
  return static_cast<SeverityMask>(1U << static_cast<unsigned>(severity));
}

// What client data is to be protected from (clauses P3 and P6).
enum class Threat : std::uint8_t { kMisuse, kAlteration, kLoss, kDisclosure };
inline constexpr std::array<std::string_view, 4> kThreatNames = {"misuse", "alteration", "loss",
                                                                 "disclosure"};
constexpr std::string_view name_of(Threat threat) {
  return kThreatNames[static_cast<std::size_t>(threat)];
}
// A set of threats: bit i stands for the one of value i.
using ThreatMask = std::uint8_t;
constexpr ThreatMask mask_of(Threat threat) {
  return static_cast<ThreatMask>(1U << static_cast<unsigned>(threat));
}
inline std::vector<std::string_view> names_of(ThreatMask threats) {
  return names_in(kThreatNames, threats);
}
constexpr ThreatMask threat_named(std::string_view name) {  // 0: there is none
  const auto threat = enum_named<Threat>(kThreatNames, name);
  return threat ? mask_of(*threat) : ThreatMask{0};
}

// What a person found it to be.
enum class Disposition : std::uint8_t { kMisuse, kMistake, kJustified, kFalseAlarm, kTest };
inline constexpr std::array<std::string_view, 5> kDispositionNames = {"misuse", "mistake", "justified",
                                                                      "false-alarm", "test"};
constexpr std::string_view name_of(Disposition disposition) {
  return kDispositionNames[static_cast<std::size_t>(disposition)];
}
constexpr std::optional<Disposition> disposition_named(std::string_view name) {
  return enum_named<Disposition>(kDispositionNames, name);
}

// The reason of an incident that stands for all that were new on its store when too many were open already.
inline constexpr std::string_view kTooManyIncidents = "too-many-incidents";

struct Incident {
  std::string id;  // the fingerprint: 16 hexadecimal digits
  std::string store, reason;
  std::string who;          // the person, or else the user; visible text
  std::string executable;   // visible text
  std::uint64_t count = 0;  // accesses, ever
  std::int64_t first_wall_ns = 0, last_wall_ns = 0;
  std::uint32_t reopened = 0;  // how often
  // Since it was opened last.
  Severity severity = Severity::kNotice;  // of its worst finding
  SeverityMask severities = 0;            // that it has had; it only gets worse
  ThreatMask threats = 0;
  std::string clause;  // that its first finding broke
  std::string client;  // whose data its first finding touched, where that is known; visible text
  bool has_more_clients = false;
  std::int64_t opened_wall_ns = 0;
  std::uint64_t count_before = 0;  // accesses, of `count`
  std::uint64_t accesses() const { return count - count_before; }
  // Of the last review; it is open when there was none since its last finding.
  bool is_open = true;
  std::optional<Disposition> disposition;
  std::string reference;    // ticket
  std::string reviewed_by;  // the person who said so
  std::int64_t reviewed_wall_ns = 0;
};

enum class IncidentChange : std::uint8_t {
  kOpened,
  kReviewed,
  kReopened,
  kWorsened,  // more severe than when it was opened
  kGrown,     // the tenth, hundredth, thousandth, ... access since then
};
constexpr std::string_view name_of(IncidentChange change) {
  constexpr std::array<std::string_view, 5> names = {"opened", "reviewed", "reopened", "worsened", "grown"};
  return names[static_cast<std::size_t>(change)];
}

}  // namespace purposewatch
