#include "agent/flow/repeats.h"

#include <functional>
#include <string_view>
#include <utility>

namespace purposewatch {
namespace {

std::uint64_t hash_of(const Endpoint& endpoint) {
  return std::hash<std::string>{}(endpoint.address) ^ (std::uint64_t{endpoint.port} << 32);
}

std::uint64_t hash_of(const AccessRecord& record) {
  std::uint64_t hash = record.subject_number;
  for (std::uint64_t part : {record.inode, std::uint64_t{record.device}, std::uint64_t{record.kinds},
                             std::uint64_t{std::hash<std::string_view>{}(record.path_below)},
                             std::uint64_t{record.target ? record.target->pid : 0},
                             std::uint64_t{record.endpoint ? hash_of(*record.endpoint) : 0},
                             std::uint64_t{record.held_store.value_or(PW_HELD_MAX)}})
    hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL;
  return hash ^ hash >> 32;
}

}  // namespace

// Of two accesses with one hash only the first is folded; the other one is told each time.
bool Repeats::absorb(const AccessRecord& record) {
  const auto found = by_hash_.find(hash_of(record));
  if (found == by_hash_.end()) return false;
  Repeated& repeated = found->second;
  // Equal but for number and time: these are made the same before comparing, so that nothing is copied.
  const std::uint64_t sequence = std::exchange(repeated.record.sequence, record.sequence);
  const std::uint64_t boot_ns = std::exchange(repeated.record.boot_ns, record.boot_ns);
  if (repeated.record != record) {
    repeated.record.sequence = sequence;
    repeated.record.boot_ns = boot_ns;
    return false;
  }
  if (repeated.count++ == 0) repeated.first_boot_ns = record.boot_ns;
  return true;
}

void Repeats::begin(const AccessRecord& record, std::shared_ptr<const Subject> subject) {
  if (by_hash_.size() < kAccessesMax && record.path_below.size() <= kPathMax)
    by_hash_.try_emplace(hash_of(record), Repeated{record, std::move(subject)});
}

std::vector<Repeated> Repeats::take_due(std::uint64_t now_boot_ns, std::size_t most) {
  std::vector<Repeated> due;
  if (now_boot_ns < next_look_ns_) return due;
  for (auto entry = by_hash_.begin(); entry != by_hash_.end();) {
    if (due.size() == most) return due;
    Repeated& repeated = entry->second;
    const std::uint64_t since_ns = repeated.count != 0 ? repeated.first_boot_ns : repeated.record.boot_ns;
    const bool is_due = now_boot_ns > since_ns + kFoldNs;
    const bool is_over = is_due && repeated.count == 0;
    if (is_due && !is_over) {
      due.push_back(repeated);
      repeated.count = 0;
    }
    entry = is_over ? by_hash_.erase(entry) : std::next(entry);
  }
  next_look_ns_ = now_boot_ns + kLookNs;
  return due;
}

std::vector<Repeated> Repeats::take_all() {
  std::vector<Repeated> all;
  for (auto& [hash, repeated] : by_hash_)
    if (repeated.count != 0) all.push_back(std::move(repeated));
  by_hash_.clear();
  return all;
}

}  // namespace purposewatch
