// Is the log what was written? Every bit of every segment is looked at: each record's frame, parts and chain,
// each checkpoint's signature and root, the hand-over of keys, what segments repeat, and that nothing is
// missing in between, or at the end as far as the host itself knows (log_head.h). What the log says about
// itself is taken at its word only where a signature covers it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/evidence/log_head.h"
#include "exporters/evidence/record.h"
#include "exporters/evidence/signing_key.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

// Something that is not as it was written.
struct LogProblem {
  std::string segment;
  std::uint64_t offset = 0;    // where in it
  std::uint64_t sequence = 0;  // of the record concerned, or that should be there; 0: of the segment's header
  std::string what;            // for a person
};

// Something to know that is no damage: a loss that the agent has stated, a segment whose time was over.
struct LogRemark {
  std::uint64_t sequence = 0;
  std::string what;
};

struct LogReport {
  std::uint64_t segments = 0, bytes = 0;
  std::uint64_t first = 0, last = 0;  // sequence numbers; 0: there are no records
  std::uint64_t signed_up_to = 0;  // records after that are no older than a second, or the agent was killed
  std::uint64_t checkpoints = 0, keys = 0, blanked = 0;
  std::int64_t first_wall_ns = 0, last_wall_ns = 0;
  Digest chain{};         // of the last record
  PublicKey first_key{};  // whom all trust comes from: compare it with one kept elsewhere
  std::string host_id;
  std::vector<LogProblem> problems;  // at most kProblemsMax, the first ones
  std::uint64_t problem_count = 0;
  std::vector<LogRemark> remarks;

  static constexpr std::size_t kProblemsMax = 1000;
  bool is_sound() const { return problem_count == 0; }
};

struct VerifyOptions {
  std::optional<PublicKey> first_key;  // that the log must begin with
  // What somebody else has seen: at this record, this head (Prometheus: the first 53 bits of the chain).
  std::function<void(std::uint64_t sequence, const Digest& chain)> on_record;
  // A checkpoint that is signed as it should be, and of the records before it.
  std::function<void(std::uint64_t sequence, std::string_view note)> on_checkpoint;
  // The log's writer has removed or blanked meanwhile what was being read: what was told so far is told anew.
  std::function<void()> on_start_over;
  // bytes_all is an estimate, until it is bytes_done.
  std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_all)> on_progress;
};

// Changes nothing, and may run while the log is written: what is there when it begins is verified.
Result<LogReport> verify_log(Storage& storage, const VerifyOptions& options);

}  // namespace purposewatch
