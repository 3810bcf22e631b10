#include "agent/flow/ledger.h"

#include <algorithm>
#include <utility>

namespace purposewatch {

Ledger::Key Ledger::key_of(const Finding& finding) {
  const Verdict& verdict = finding.verdict;
  const Disclosure& way = *finding.access.disclosure;
  // Services have temporary files by the thousand: what stays on the host's own disks is one entry.
  const bool stays = way.kind == DisclosureKind::kCopy;
  return {verdict.store, verdict.client, verdict.service, verdict.permit,        way.kind,
          way.protocol,  way.address,    way.port,        stays ? "" : way.path, way.is_answer};
}

std::optional<Finding> Ledger::take(Finding finding) {
  const Key key = key_of(finding);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() < kEntriesMax) {
      Entry& entry = entries_[key];
      entry.last = finding;
      entry.last.count = 0;
      entry.told_boot_ns = finding.boot_ns;
      next_due_ns_ = std::min(next_due_ns_, entry.told_boot_ns + kFoldNs);
    }
    return finding;
  }
  Finding& waiting = found->second.last;
  const std::int64_t first_wall_ns = waiting.count == 0 ? finding.first_wall_ns : waiting.first_wall_ns;
  const std::uint64_t count = waiting.count + finding.count;
  waiting = std::move(finding);
  waiting.first_wall_ns = first_wall_ns;
  waiting.count = count;
  return std::nullopt;
}

std::vector<Finding> Ledger::take_due(std::uint64_t now_boot_ns) {
  std::vector<Finding> due;
  if (now_boot_ns < next_due_ns_) return due;
  next_due_ns_ = UINT64_MAX;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    Entry& one = entry->second;
    const bool is_due = now_boot_ns >= one.told_boot_ns + kFoldNs;
    const bool is_over = is_due && one.last.count == 0;
    if (is_due && !is_over) {
      due.push_back(one.last);
      one.last.count = 0;
      one.told_boot_ns = now_boot_ns;
    }
    if (!is_over) next_due_ns_ = std::min(next_due_ns_, one.told_boot_ns + kFoldNs);
    entry = is_over ? entries_.erase(entry) : std::next(entry);
  }
  return due;
}

std::vector<Finding> Ledger::take_all() {
  std::vector<Finding> all;
  for (auto& [key, entry] : entries_)
    if (entry.last.count != 0) all.push_back(std::move(entry.last));
  entries_.clear();
  return all;
}

}  // namespace purposewatch
