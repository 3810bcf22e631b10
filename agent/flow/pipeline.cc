#include "agent/flow/pipeline.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>

#include "agent/flow/incident.h"
#include "agent/flow/own_stores.h"
#include "agent/kernel/clock.h"
#include "agent/kernel/tcp_listeners.h"
#include "agent/subject/complete.h"
#include "agent/subject/unit.h"
#include "rules/judge.h"

namespace purposewatch {
namespace {

std::string path_of(const std::string& anchor, const std::string& below) {
  if (below.empty()) return anchor;
  return anchor == "/" ? below : anchor + below;
}

// The stores that services of an executable are permitted, whatever else they ask for; of none, all stores.
std::vector<std::string> stores_of_program(const RuleSet& rules, const std::string& program) {
  std::vector<bool> is_its(rules.stores.size(), program.empty());
  for (const Permit& permit : rules.permits) {
    const auto& exe = rules.services[permit.service].exe;
    if (std::find(exe.begin(), exe.end(), program) != exe.end()) is_its[permit.store] = true;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rules.stores.size(); ++i)
    if (is_its[i]) names.push_back(rules.stores[i].name);
  return names;
}

}  // namespace

std::int64_t wall_minus_boot_ns() {
  return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
}

// Two clocks cannot be read at one moment: what differs by less than a clock step is the time between the
// readings, and would make a process start at another nanosecond in each finding.
void Pipeline::begin_batch() {
  constexpr std::int64_t kStepNs = 1'000'000;
  const std::int64_t now = wall_minus_boot_ns();
  if (std::abs(now - wall_minus_boot_ns_) >= kStepNs) wall_minus_boot_ns_ = now;
  if (parts_.hosts != nullptr) host_names_ = parts_.hosts->current();
}

void Pipeline::end_batch() {
  const auto now = static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME));
  for (const Finding& finding : ledger_.take_due(now)) send(finding);
  for (Sink* sink : parts_.sinks) sink->flush();
}

void Pipeline::close_ledger() {
  for (const Finding& finding : ledger_.take_all()) send(finding);
  for (Sink* sink : parts_.sinks) sink->flush();
}

void Pipeline::forget() {
  users_.forget();
  subjects_.rotate();
}

void Pipeline::take(std::span<const std::byte> bytes) {
  auto record = decode(bytes);
  if (!record) {
    spdlog::error("undecodable record from the kernel: {}", record.error().message);
    parts_.tally->count_undecodable();
  } else if (auto* process = std::get_if<ProcessRecord>(&*record)) {
    take_process(std::move(*process));
  } else if (auto* mark = std::get_if<MarkRecord>(&*record)) {
    take_mark(*mark);
  } else if (auto* tampering = std::get_if<TamperRecord>(&*record)) {
    take_tampering(*tampering);
  } else if (auto* unmark = std::get_if<UnmarkRecord>(&*record)) {
    parts_.marks->forget(unmark->inode);
  } else {
    take_access(std::get<AccessRecord>(*record));
  }
}

std::optional<std::string> Pipeline::path_at(const std::optional<InodeKey>& mark, std::uint32_t generation,
                                             std::uint32_t anchor) const {
  if (mark) return parts_.marks->path_of(*mark);
  return parts_.tables->anchor_path(generation, anchor);
}

void Pipeline::take_mark(const MarkRecord& record) {
  if (record.is_left_out) parts_.marks->put_left_out(record.inode, record.mark);
  const auto base = path_at(record.below, record.mark.generation, record.anchor);
  if (!base || record.truncated || !parts_.marks->learn(record.inode, path_of(*base, record.path_below)))
    spdlog::warn("a file has left its store, and its accesses will be told without the client's name");
}

void Pipeline::recall(std::span<const std::byte> bytes) {
  auto record = decode(bytes);
  if (!record) return;
  if (auto* process = std::get_if<ProcessRecord>(&*record))
    take_process(std::move(*process));
  else if (auto* access = std::get_if<AccessRecord>(&*record))
    repeats_.remember(*access, subjects_.find(access->subject_number));
}

void Pipeline::take_folds(const std::vector<Fold>& folds) {
  for (const Fold& fold : folds) {
    last_sequence_ = std::max(last_sequence_, fold.last_sequence);
    if (told_before_.contains(fold.last_sequence)) continue;
    if (const auto repeated = repeats_.take(fold))
      tell(*repeated);
    else
      parts_.tally->count_orphans(fold.count);
  }
  repeats_.end_round();
}

void Pipeline::take_access(const AccessRecord& record) {
  last_sequence_ = std::max(last_sequence_, record.sequence);
  const Repeated once{record, subjects_.find(record.subject_number), record.boot_ns, 1};
  if (!told_before_.contains(record.sequence)) tell(once);
  if (record.folds) repeats_.remember(record, once.subject);
}

void Pipeline::tell(const Repeated& repeated) {
  const AccessRecord& record = repeated.record;
  const auto policy = parts_.tables->policy_of(record.generation);
  if (!policy || !repeated.subject) {
    parts_.tally->count_orphans(repeated.count * accesses_in(record));
    return;
  }
  if (record.block_device)
    return tell_underneath(repeated, *policy, parts_.underneath->stores_on(*record.block_device));
  if (record.is_adrift)
    return tell_underneath(repeated, *policy, parts_.underneath->stores_in(record.device));
  if (record.mark)
    if (const auto stores = parts_.underneath->stores_behind(*record.mark); !stores.empty())
      return tell_underneath(repeated, *policy, stores);
  if (record.target) return tell_memory(repeated, *policy);
  if (record.outlet) return tell_disclosure(repeated, *policy);
  if (record.endpoint) return tell_connect(repeated, *policy);
  if (record.changes_mounts) return tell_mounts(repeated, *policy);
  Access access;
  const auto base = path_at(record.mark, record.generation, record.anchor);
  if (!base && !record.store)  // a chance likeness to a marked inode
    return parts_.tally->count_excepted(repeated.count * accesses_in(record));
  access.path = base ? path_of(*base, record.path_below) : record.real_path;
  access.path_truncated = record.truncated;
  access.store_is_given = !base;
  access.accessed_through = base && record.mark ? record.real_path : "";
  access.other_path = record.other_path;
  access.is_mount = record.is_mount;
  access.is_directory = S_ISDIR(record.mode);
  access.kernel_client = record.client;
  if (record.store) access.kernel_store = parts_.tables->store_at(record.generation, *record.store);
  access.owner_uid = record.owner;
  for (std::size_t kind = 0; kind < kAccessKindCount; ++kind) {
    if (!(record.kinds >> kind & 1)) continue;
    access.kind = static_cast<AccessKind>(kind);
    judge_one(repeated, *policy, access);
  }
}

namespace {

// Of a port that is a store's at other addresses. When it cannot be told who listens, it is that one's.
std::optional<std::string> store_behind(const RuleSet& rules, const Endpoint& endpoint) {
  const auto listeners = tcp_listeners(endpoint.port);
  if (listeners) return store_answering(rules, endpoint, *listeners);
  spdlog::error("a connection to {}: {}", to_string(endpoint), listeners.error().message);
  for (const Store& store : rules.stores)
    for (const PortPattern& port : store.ports)
      if (port.port == endpoint.port) return store.name;
  return std::nullopt;
}

}  // namespace

void Pipeline::tell_connect(const Repeated& repeated, const CompiledPolicy& policy) {
  Access access;
  access.kind = AccessKind::kConnect;
  access.endpoint = repeated.record.endpoint;
  if (!repeated.record.store) {
    access.kernel_store = store_behind(*policy.rules, *access.endpoint);
    if (!access.kernel_store) return parts_.tally->count_excepted(repeated.count);
    access.store_is_given = true;
  }
  judge_one(repeated, policy, access);
}

// Of a process whose stores are not known: one of those that its services work with; of a stranger, any. The
// first that the actor may not read, so that one access is one finding.
void Pipeline::tell_memory(const Repeated& repeated, const CompiledPolicy& policy) {
  const AccessRecord& record = repeated.record;
  Access access;
  access.kind = AccessKind::kMemory;
  access.store_is_given = true;
  access.target = record.target;
  access.owner_uid = record.owner;
  if (record.held_store) {
    access.kernel_store = parts_.tables->store_of_number(*record.held_store);
  } else {
    const std::string program = parts_.programs->path(record.target_program);
    for (const std::string& store : stores_of_program(*policy.rules, program)) {
      access.kernel_store = store;
      if (judge(*policy.rules, access, *repeated.subject, now_of(record)).outcome == Outcome::kFlagged) break;
    }
  }
  judge_one(repeated, policy, access);
}

void Pipeline::tell_disclosure(const Repeated& repeated, const CompiledPolicy& policy) {
  const AccessRecord& record = repeated.record;
  const OutletRecord& outlet = *record.outlet;
  const auto place = disclosures_.place_of(record, *policy.rules);
  std::vector<Access> accesses;
  if (place != Disclosures::Place::kInStore)
    accesses = disclosures_.of(record, *repeated.subject, *policy.rules);
  std::uint64_t told = 0;
  bool is_flagged = false;
  std::set<std::string> stores;
  for (Access& access : accesses) {
    stores.insert(access.kernel_store.value_or(""));
    stores.insert(access.other_stores.begin(), access.other_stores.end());
    Outcome outcome = Outcome::kNoStore;
    if (place == Disclosures::Place::kOutside) {
      outcome = judge_one(repeated, policy, std::move(access));
      ++told;
    } else {
      outcome = judge(*policy.rules, access, *repeated.subject, now_of(record)).outcome;
    }
    is_flagged = is_flagged || outcome == Outcome::kFlagged;
  }
  parts_.tally->count_excepted(repeated.count * (accesses_in(record) - told));
  if (!outlet.file || S_ISCHR(record.mode)) return;
  if (!is_flagged)
    parts_.derived_files->forget(*outlet.file);
  else if (place == Disclosures::Place::kOutside)
    parts_.derived_files->remember({*outlet.file, outlet.path, std::move(stores)});
}

namespace {

// To touch the bytes below the file system is an access of a kind of its own, whatever is done to them.
AccessKind kind_underneath(AccessKind kind) {
  switch (kind) {
    case AccessKind::kDelete:
    case AccessKind::kRename:
    case AccessKind::kAttr:
      return kind;
    default:
      return AccessKind::kDevice;
  }
}

// The process may have renamed itself since it was described.
std::shared_ptr<const Subject> subject_of(const Repeated& repeated) {
  if (repeated.subject->name == repeated.record.name) return repeated.subject;
  auto renamed = std::make_shared<Subject>(*repeated.subject);
  renamed->name = repeated.record.name;
  return renamed;
}

}  // namespace

void Pipeline::tell_underneath(const Repeated& repeated, const CompiledPolicy& policy,
                               const std::vector<std::string>& stores) {
  const AccessRecord& record = repeated.record;
  const std::shared_ptr<const Subject> subject = subject_of(repeated);
  for (std::size_t kind = 0; kind < kAccessKindCount; ++kind) {
    if (!(record.kinds >> kind & 1)) continue;
    Access access;
    access.kind = static_cast<AccessKind>(kind);
    if (!record.is_adrift) access.kind = kind_underneath(access.kind);
    access.path = record.real_path;
    access.other_path = record.other_path;
    access.store_is_given = true;
    access.owner_uid = record.owner;
    Verdict first;  // of the first store where it is flagged, or of the first at all
    for (const std::string& store : stores) {
      access.kernel_store = store;
      Verdict verdict = judge(*policy.rules, access, *subject, now_of(record));
      if (first.outcome == Outcome::kNoStore || first.outcome == Outcome::kPermitted) {
        if (first.outcome == Outcome::kNoStore || verdict.outcome == Outcome::kFlagged)
          first = std::move(verdict);
      } else if (verdict.outcome == Outcome::kFlagged) {
        access.other_stores.push_back(store);
      }
    }
    settle(repeated, policy, std::move(access), subject, std::move(first));
  }
}

// One access, also where the call has changed several: the first that is flagged, or else the first.
void Pipeline::tell_mounts(const Repeated& repeated, const CompiledPolicy& policy) {
  const std::shared_ptr<const Subject> subject = subject_of(repeated);
  Access told;
  Verdict verdict;
  for (std::string& point : parts_.mounts->take()) {
    Access access;
    access.kind = AccessKind::kAttr;
    access.is_mount = access.is_directory = true;
    access.path = std::move(point);
    Verdict next = judge(*policy.rules, access, *subject, now_of(repeated.record));
    if (next.outcome == Outcome::kNoStore || verdict.outcome == Outcome::kFlagged) continue;
    if (verdict.outcome == Outcome::kPermitted && next.outcome == Outcome::kPermitted) continue;
    told = std::move(access);
    verdict = std::move(next);
  }
  settle(repeated, policy, std::move(told), subject, std::move(verdict));
}

Outcome Pipeline::judge_one(const Repeated& repeated, const CompiledPolicy& policy, Access access) {
  std::shared_ptr<const Subject> subject = subject_of(repeated);
  Verdict verdict = judge(*policy.rules, access, *subject, now_of(repeated.record));
  return settle(repeated, policy, std::move(access), std::move(subject), std::move(verdict));
}

Now Pipeline::now_of(const AccessRecord& record) const {
  return {wall_ns_of(record), record.boot_ns, grants_.get(), host_names_.get()};
}

std::int64_t Pipeline::wall_ns_of(const AccessRecord& record) const {
  return static_cast<std::int64_t>(record.boot_ns) + wall_minus_boot_ns_;
}

Outcome Pipeline::settle(const Repeated& repeated, const CompiledPolicy& policy, Access access,
                         std::shared_ptr<const Subject> subject, Verdict verdict) {
  if (is_own_store(verdict.store)) {
    take_own(repeated, access, subject, verdict.store);
    return Outcome::kNoStore;
  }
  verdict = limits_.apply(*policy.rules, access, *subject, now_of(repeated.record), std::move(verdict),
                          repeated.count);
  const Outcome outcome = verdict.outcome;
  if (outcome == Outcome::kNoStore) {
    parts_.tally->count_excepted(repeated.count);
    return outcome;
  }
  if (!repeated.record.store && !access.disclosure) disclosures_.remember(*subject, verdict.store);
  if (!access.disclosure && !verdict.client.empty() && is_reading(access.kind))
    disclosures_.remember_client(*subject, verdict.store, verdict.client);
  if (outcome == Outcome::kPermitted && !access.disclosure) {
    parts_.tally->count_permitted_late(verdict, access.kind, repeated.count);
    return outcome;
  }

  const Finding finding =
      finding_of(repeated, policy, std::move(access), std::move(subject), std::move(verdict));
  if (outcome == Outcome::kPermitted) {
    if (const auto told = ledger_.take(finding)) send(*told);
    parts_.tally->count_permitted_disclosure(finding);
    return outcome;
  }
  // Counted last: who reads a count can be sure that the sinks have what it counts.
  send(finding);
  parts_.tally->count(finding);
  return outcome;
}

void Pipeline::send(const Finding& finding) {
  for (Sink* sink : parts_.sinks) sink->accept(finding);
}

Finding Pipeline::finding_of(const Repeated& repeated, const CompiledPolicy& policy, Access access,
                             std::shared_ptr<const Subject> subject, Verdict verdict) const {
  const AccessRecord& record = repeated.record;
  Finding finding;
  finding.sequence = record.sequence;
  finding.wall_ns = wall_ns_of(record);
  finding.first_wall_ns = static_cast<std::int64_t>(repeated.first_boot_ns) + wall_minus_boot_ns_;
  finding.count = repeated.count;
  finding.boot_ns = record.boot_ns;
  finding.file_inode = record.inode;
  finding.file_device = device_number(record.device);
  finding.incident = incident_of(*subject, verdict);
  finding.subject = std::move(subject);
  for (const Store& store : policy.rules->stores)
    if (store.name == verdict.store) finding.classes = store.classes;
  finding.verdict = std::move(verdict);
  finding.access = std::move(access);
  finding.backend = backend_;
  finding.policy = std::shared_ptr<const PolicyIdentity>(policy.rules, &policy.rules->identity);
  finding.host = host_;
  return finding;
}

}  // namespace purposewatch
