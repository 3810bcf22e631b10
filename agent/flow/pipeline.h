// The data line, one screen:  bytes -> decode -> attribute -> judge -> Finding -> every sink
//
// Everything here runs on the event loop's thread. Nothing calls back up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/flow/disclosures.h"
#include "agent/flow/ledger.h"
#include "agent/flow/repeats.h"
#include "agent/flow/subject_cache.h"
#include "agent/flow/tally.h"
#include "agent/flow/underneath.h"
#include "agent/kernel/decode.h"
#include "agent/kernel/derived_files.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/programs.h"
#include "agent/kernel/tables.h"
#include "agent/storage/mount_changes.h"
#include "agent/subject/host_names.h"
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
    DerivedFiles* derived_files;
    Tally* tally;
    std::vector<Sink*> sinks;
    // The record of who has a socket open (Sensor::describe_holder); none: nobody is ever found.
    std::function<Result<std::string>(std::uint64_t socket)> describe_holder = {};
    const ResolvedHosts* hosts = nullptr;  // of the policy's `egress:`; null: none is known
    std::string own_program = {};          // the agent's executable
    // Something was done to the decoy, at that time since boot.
    std::function<void(AccessKind kind, std::string_view path, std::uint64_t boot_ns)> saw_decoy = {};
    Redaction redaction = {};  // of arguments: once for each process, not for each finding
  };
  Pipeline(Parts parts, std::string backend, std::shared_ptr<const HostIdentity> host)
      : parts_(std::move(parts)),
        backend_(std::move(backend)),
        host_(std::move(host)),
        disclosures_(*parts_.tables, *parts_.marks,
                     [this](std::uint64_t socket) { return holder_of(socket); }) {}
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void add_sink(Sink* sink) { parts_.sinks.push_back(sink); }
  void begin_batch();
  void take(std::span<const std::byte> bytes);
  void end_batch();
  // A record that the agent before had told.
  void recall(std::span<const std::byte> bytes);
  // The sequence numbers of what the agents before had told, which is not told again.
  void recall_told(std::unordered_set<std::uint64_t> sequences) { told_before_ = std::move(sequences); }
  // What the kernel counted in one of its tables of repeats, after all that it was counted with.
  void take_folds(const std::vector<Fold>& folds);
  // Tells the permitted disclosures that were only counted: at the end.
  void close_ledger();
  // What judge decides by from the next record on.
  void use_grants(std::shared_ptr<const Grants> grants) { grants_ = std::move(grants); }
  Limits& limits() { return limits_; }
  // What findings are seen by, from the next record on.
  void use_backend(std::string name) { backend_ = std::move(name); }
  // Something was done to the agent: tells it, and counts it when it begins.
  void tell(const TamperEvent& event);
  // Since the last call, somebody may have silenced the hooks.
  bool take_suspicion() { return std::exchange(is_suspicious_, false); }
  // The greatest that was taken, of records and of what was counted.
  std::uint64_t last_sequence() const { return last_sequence_; }
  // Drops what was not used for a while: names of users, subjects. At most once in 20 s.
  void forget();

 private:
  std::shared_ptr<const Subject> complete_process(ProcessRecord record);
  void take_process(ProcessRecord record);
  std::shared_ptr<const Subject> holder_of(std::uint64_t socket);
  void take_access(const AccessRecord& record);
  void take_mark(const MarkRecord& record);
  void take_tampering(const TamperRecord& record);
  // An access to what is the agent's own.
  void take_own(const Repeated& repeated, const Access& access, const std::shared_ptr<const Subject>& subject,
                const std::string& store);
  void tell(const Repeated& repeated);
  void tell_connect(const Repeated& repeated, const CompiledPolicy& policy);
  void tell_memory(const Repeated& repeated, const CompiledPolicy& policy);
  void tell_disclosure(const Repeated& repeated, const CompiledPolicy& policy);
  // The path of what the kernel counts from: of an anchor, or what a marked inode is called in its store.
  std::optional<std::string> path_at(const std::optional<InodeKey>& mark, std::uint32_t generation,
                                     std::uint32_t anchor) const;
  // Below the file system: one finding, whatever number of stores lies there.
  void tell_underneath(const Repeated& repeated, const CompiledPolicy& policy,
                       const std::vector<std::string>& stores);
  void tell_mounts(const Repeated& repeated, const CompiledPolicy& policy);
  Outcome judge_one(const Repeated& repeated, const CompiledPolicy& policy, Access access);
  // Counts what was permitted; of the rest, and of every disclosure, makes findings. Returns what it is in
  // the end.
  Outcome settle(const Repeated& repeated, const CompiledPolicy& policy, Access access,
                 std::shared_ptr<const Subject> subject, Verdict verdict);
  Finding finding_of(const Repeated& repeated, const CompiledPolicy& policy, Access access,
                     std::shared_ptr<const Subject> subject, Verdict verdict) const;
  void send(const Finding& finding);
  std::int64_t wall_ns_of(const AccessRecord& record) const;
  Now now_of(const AccessRecord& record) const;

  Parts parts_;
  std::string backend_;
  std::shared_ptr<const HostIdentity> host_;
  Users users_;
  SubjectCache subjects_;
  Repeats repeats_;
  std::unordered_set<std::uint64_t> told_before_;
  Disclosures disclosures_;
  Ledger ledger_;
  std::shared_ptr<const Grants> grants_;
  std::shared_ptr<const HostNames> host_names_;
  Limits limits_;
  std::int64_t wall_minus_boot_ns_ = 0;
  std::uint64_t last_sequence_ = 0;
  bool is_suspicious_ = false;
};

}  // namespace purposewatch
