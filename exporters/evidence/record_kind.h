// What a record tells of, and how long it is kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace purposewatch {

enum class RecordKind : std::uint16_t {
  kFinding = 1,  // an access: flagged, granted, or permitted
  kSuppressed,   // accesses that are recorded only as a count: permitted ones
  kGrant,        // given, refused, revoked, expired, reviewed
  kReload,       // a policy came into force, or was refused
  kSafeguard,    // the state of a safeguard has changed
  kStart,        // the agent began to watch; what it found of earlier segments
  kStop,         // it ended as it was told to
  kGap,          // something is missing here, and how much of what
  kTamper,       // somebody changed what the agent relies on
  kReview,       // an incident was opened, reviewed by a person, or opened again
  kCheckpoint,   // a signed head of the log
  kErasure,      // parts were blanked, and whose wish that was
  kRemoval,      // whole segments were removed, their time being over
  kSpace,        // how full the disk is
};
inline constexpr std::array<std::string_view, 14> kRecordKindNames = {
    "finding", "suppressed", "grant",  "reload",     "safeguard", "start",   "stop",
    "gap",     "tamper",     "review", "checkpoint", "erasure",   "removal", "space"};

constexpr std::string_view name_of(RecordKind kind) {
  return kRecordKindNames[static_cast<std::size_t>(kind) - 1];
}
constexpr std::optional<RecordKind> record_kind(std::uint16_t number) {
  if (number < 1 || number > kRecordKindNames.size()) return std::nullopt;
  return static_cast<RecordKind>(number);
}

// Records of one class are kept for the same time.
enum class Retention : std::uint16_t {
  kOperation,  // the agent's own doings
  kFlagged,
  kGranted,  // grants and their use
  kPermitted,
};
inline constexpr std::array<std::string_view, 4> kRetentionNames = {"operation", "flagged", "granted",
                                                                    "permitted"};

constexpr std::string_view name_of(Retention retention) {
  return kRetentionNames[static_cast<std::size_t>(retention)];
}
constexpr std::optional<Retention> retention_class(std::uint16_t number) {
  if (number >= kRetentionNames.size()) return std::nullopt;
  return static_cast<Retention>(number);
}

}  // namespace purposewatch
