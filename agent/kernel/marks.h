// Marks, as user space keeps them: inodes that are a store's though their name is not, or not all of their
// names are (bpf/marks.h). The kernel marks what leaves a store; here stands what it was called there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/kernel/automaton.h"
#include "agent/kernel/inode_key.h"
#include "agent/kernel/sensor.h"
#include "rules/base/result.h"

namespace purposewatch {

class Marks {
 public:
  explicit Marks(Sensor& sensor) : sensor_(sensor) {}

  // An inode that the kernel has marked, and its absolute path in the store. One that is known keeps its
  // path, unless it has a new one by now. False when there is no room for more.
  bool learn(const InodeKey& inode, std::string path);
  // One for which the kernel had no room at that moment: tried again from here.
  void put_left_out(const InodeKey& inode, const pw_mark& mark);
  // One that user space found, to be decided here until the next install.
  Result<void> put_undecided(const InodeKey& inode);
  void remove(const InodeKey& inode);
  // One that is no mark any more. The kernel's table is not touched: it knows.
  void forget(const InodeKey& inode);
  // Nothing for an inode that is not known here.
  std::optional<std::string> path_of(const InodeKey& inode) const;
  std::size_t size() const { return size_; }  // from any thread
  const std::map<InodeKey, std::string>& paths() const { return paths_; }
  // So many more than at the last install that the kernel's filters let too much through: a new one is due.
  bool is_crowded() const { return size_ > 2 * size_at_install_ + kCrowd; }

  // Puts what is known into the kernel's table, for an automaton that is about to be in force: what no longer
  // leads into a store is forgotten. Beyond the table's capacity, user space goes on deciding.
  Result<void> install(const Automaton& automaton, std::uint32_t generation);
  // Every inode in the kernel's table, also those whose record is still on its way: fit(inode) for each.
  template <class Fit>
  void each_in_kernel(Fit fit) const;

 private:
  static constexpr std::size_t kPathsMax = 1'000'000;
  static constexpr std::size_t kCrowd = 128;

  std::optional<InodeKey> next_in_kernel(const std::optional<InodeKey>& after) const;

  Sensor& sensor_;
  std::map<InodeKey, std::string> paths_;
  std::atomic<std::size_t> size_ = 0;  // of paths_
  std::size_t size_at_install_ = 0;
  std::uint32_t left_out_ = 0;  // of these, by install: part of the kernel's own count
};

template <class Fit>
void Marks::each_in_kernel(Fit fit) const {
  for (auto key = next_in_kernel(std::nullopt); key; key = next_in_kernel(key)) fit(*key);
}

}  // namespace purposewatch
