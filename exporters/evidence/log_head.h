// How far the log was synced, beside it. Whoever shortens a segment has to change this, too; that it is
// right, the witnesses off this host say. It is not synced itself, so after a power cut it may be behind,
// never ahead.
#pragma once

#include <cstdint>
#include <optional>

#include "exporters/evidence/storage.h"

namespace purposewatch {

// No log has as many; whoever says so, in a file that is no record, would make the numbers end.
inline constexpr std::uint64_t kRecordsMax = std::uint64_t{1} << 53U;

struct LogHead {
  std::uint64_t records = 0;  // the last one's sequence number
  Digest chain{};             // and its chain

  // What a Prometheus sample can hold exactly of it: its first 53 bits.
  std::uint64_t witnessed() const;
};

std::optional<LogHead> read_log_head(Storage& storage);
Result<void> write_log_head(Storage& storage, const LogHead& head);

}  // namespace purposewatch
