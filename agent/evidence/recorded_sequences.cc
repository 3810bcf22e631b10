#include "agent/evidence/recorded_sequences.h"

#include <algorithm>

#include "agent/evidence/recorded_event.h"
#include "exporters/evidence/log_head.h"
#include "exporters/evidence/log_reader.h"
#include "exporters/terminal/json_path.h"

namespace purposewatch {
namespace {

// More than the ring and the table of repeats hold.
constexpr std::uint64_t kLookedThrough = 20'000;

}  // namespace

Result<std::unordered_set<std::uint64_t>> recorded_sequences(Storage& evidence, const BootId& boot_id,
                                                             std::uint64_t since_boot_ns) {
  std::unordered_set<std::uint64_t> sequences;
  const auto head = read_log_head(evidence);
  const std::uint64_t records = head ? head->records : 0;
  const std::uint64_t first = records - std::min(records, kLookedThrough) + 1;
  const auto take = [&](const std::string&, const ScannedRecord& record) {
    const Frame& frame = record.frame;
    if (frame.kind != RecordKind::kFinding || frame.boot_id != boot_id || frame.boot_ns < since_boot_ns)
      return true;
    const auto event = object_in(record.open);
    const auto* sequence = value_at(event, {"event", "sequence"});
    if (sequence != nullptr && sequence->is_number_unsigned())
      sequences.insert(sequence->get<std::uint64_t>());
    return true;
  };
  auto read = read_log(evidence, {.first_sequence = first, .on_progress = {}}, take);
  if (!read) return tl::unexpected(read.error());
  return sequences;
}

}  // namespace purposewatch
