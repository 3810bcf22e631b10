// The data line, one screen:  bytes -> decode -> (repeats) -> attribute -> judge -> Finding -> every sink
//
// Everything here runs on the event loop's thread. Nothing calls back up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/flow/repeats.h"
#include "agent/flow/subject_cache.h"
#include "agent/flow/tally.h"
#include "agent/flow/underneath.h"
#include "agent/kernel/decode.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/programs.h"
#include "agent/kernel/tables.h"
#include "agent/storage/mount_changes.h"
#include "agent/subject/redaction.h"
#include "agent/subject/users.h"
#include "rules/grants.h"
#include "rules/judge.h"
#include "rules/limits.h"
#include "rules/model/finding.h"
#include "rules/model/sink.h"

namespace purposewatch {

// Nanoseconds to add to boot time to get the time of day: taken once per batch.
std::int64_t wall_minus_boot_ns();

class Pipeline {
 public:
  struct Parts {  // none owned
    PolicyTables* tables;
    const ProgramNumbers* programs;
    Programs* program_inodes;
    Marks* marks;
    Underneath* underneath;
    MountChanges* mounts;
    Tally* tally;
    std::vector<Sink*> sinks;
    Redaction redaction = {};  // of arguments: once for each process, not for each finding
  };
  Pipeline(Parts parts, std::string backend, std::shared_ptr<const HostIdentity> host)
      : parts_(std::move(parts)), backend_(std::move(backend)), host_(std::move(host)) {}

  void add_sink(Sink* sink) { parts_.sinks.push_back(sink); }
  void begin_batch();
  void take(std::span<const std::byte> bytes);
  void end_batch();
  // Tells the repeats that still wait: before what they are judged by goes, and at the end.
  void tell_repeats();
  // What judge decides by from the next record on.
  void use_grants(std::shared_ptr<const Grants> grants) { grants_ = std::move(grants); }
  Limits& limits() { return limits_; }
  // Drops what was not used for a while: names of users, subjects. At most once in 20 s.
  void forget();

 private:
  void take_process(ProcessRecord record);
  void take_access(const AccessRecord& record);
  void take_mark(const MarkRecord& record);
  void tell(const Repeated& repeated);
  void tell_connect(const Repeated& repeated, const CompiledPolicy& policy);
  void tell_memory(const Repeated& repeated, const CompiledPolicy& policy);
  // The path of what the kernel counts from: of an anchor, or what a marked inode is called in its store.
  std::optional<std::string> path_at(const std::optional<InodeKey>& mark, std::uint32_t generation,
                                     std::uint32_t anchor) const;
  // Below the file system: one finding, whatever number of stores lies there.
  void tell_underneath(const Repeated& repeated, const CompiledPolicy& policy,
                       const std::vector<std::string>& stores);
  void tell_mounts(const Repeated& repeated, const CompiledPolicy& policy);
  void judge_one(const Repeated& repeated, const CompiledPolicy& policy, Access access);
  // Counts what was permitted; of the rest makes findings.
  void settle(const Repeated& repeated, const CompiledPolicy& policy, Access access,
              std::shared_ptr<const Subject> subject, Verdict verdict);
  std::int64_t wall_ns_of(const AccessRecord& record) const;
  Now now_of(const AccessRecord& record) const;

  Parts parts_;
  std::string backend_;
  std::shared_ptr<const HostIdentity> host_;
  Users users_;
  SubjectCache subjects_;
  Repeats repeats_;
  std::shared_ptr<const Grants> grants_;
  Limits limits_;
  std::int64_t wall_minus_boot_ns_ = 0;
};

}  // namespace purposewatch
