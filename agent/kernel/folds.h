// Accesses that the kernel did not tell but counted, with another like them that it told (bpf/folds.h). They
// are counted in one of two tables, which are exchanged before one is read: so nothing is counted twice, or
// not at all.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <vector>

#include "agent/kernel/sensor.h"
#include "rules/base/result.h"

namespace purposewatch {

// Accesses that were counted, equal in all that they are judged by to one that was told.
struct Fold {
  std::uint64_t told = 0;  // the sequence of that one
  std::uint64_t count = 0;
  std::uint64_t first_boot_ns = 0, last_boot_ns = 0;
  std::uint64_t last_sequence = 0;
};

// In a table, so far.
std::vector<Fold> folds_in(int table);

class Folds {
 public:
  static constexpr std::size_t kFoldsMax = PW_FOLDS_MAX;  // of one table
  static constexpr std::array<const char*, 2> kTables = {"first_folds", "second_folds"};

  explicit Folds(Sensor& sensor) : sensor_(sensor) {}
  ~Folds();
  Folds(const Folds&) = delete;
  Folds& operator=(const Folds&) = delete;

  // After the agent before. Returns what it may not have told yet of the table that is not in use.
  Result<std::vector<Fold>> take_over();
  // Begins an exchange when something may have been counted since the last one, and that is a while ago. The
  // kernel takes milliseconds for it, until no program counts in the old table any more.
  void tend();
  bool is_under_way() const { return exchanged_.valid(); }
  // Begins one at once, and waits until it is over.
  void exchange();
  // An exchange is over: whatever the counted accesses were counted with is in the ring by now, or has been.
  bool is_ready() const;
  // The accesses counted in the table that is out of use. It keeps them until the next exchange: an agent
  // that is killed leaves them to the next. Only when it is ready.
  std::vector<Fold> take();

 private:
  void begin();
  int in_use() const { return sensor_.map(kTables[used_]); }
  int other() const { return sensor_.map(kTables[1 - used_]); }

  Sensor& sensor_;
  std::uint64_t begun_ = 0;  // of the kernel's `folds_begun`: those that have been exchanged
  bool goes_on_ = false;     // the table in use was given some that are counted with still
  std::size_t used_ = 0;     // which table is filled, or is about to be
  std::chrono::steady_clock::time_point next_{};
  std::future<bool> exchanged_;
};

}  // namespace purposewatch
