// Evidence that is to go: because a client asked for it, or because its time is over. What these find, and
// say, is carried out by the cleaner.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporters/evidence/blanking.h"
#include "exporters/evidence/log_writer.h"

namespace purposewatch {

// How long records of each class are kept; nothing: for ever. The agent's own doings are never blanked, since
// the rest could not be verified without them: they go with whole segments.
using RetentionTimes = std::array<std::optional<std::chrono::seconds>, kRetentionNames.size()>;
RetentionTimes usual_retention_times();

// An erasure record and what it is to carry out.
struct Erasure {
  Blanking blanking;
  std::string why;            // "request", "retention"
  std::string reference, by;  // of a request: the ticket, and who asked for it
};
// Several, where the records do not fit in one.
std::vector<RecordDraft> erasure_records(const Erasure& erasure, LogClocks now);

// What the records from this one on say was blanked, as far as the run that has recorded it has signed it,
// too.
Result<std::vector<Blanking>> find_recorded_erasures(Storage& storage, std::uint64_t first_sequence);

struct ClientRecords {
  SequenceSet records;
  // Grants that are others', too: the same without this client, to be recorded before they are blanked.
  std::vector<RecordDraft> repeated;
};
// client: its name as the file system has it. goes_on: once it says false, the search ends with an error.
Result<ClientRecords> find_client(
    Storage& storage, const std::string& client,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& on_progress,
    const std::function<bool()>& goes_on);

// Up to when, in nanoseconds since the epoch, the records of each class were blanked.
using CleanedUpTo = std::array<std::int64_t, kRetentionNames.size()>;

struct DueRecords {
  SequenceSet blank;                  // both parts
  std::vector<std::string> segments;  // to be removed: the log's first ones, when all in them is over
  std::uint64_t removed_up_to = 0;    // their last record
  CleanedUpTo cleaned{};              // once that is done
};
// Reads only segments of the time since `cleaned`.
Result<DueRecords> find_due(Storage& storage, const RetentionTimes& times, const CleanedUpTo& cleaned,
                            std::int64_t now_wall_ns);

}  // namespace purposewatch
