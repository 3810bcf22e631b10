// Counter slots: which permit and kind a number in the kernel's `permitted` array stands for. Slots live as
// long as the agent, so that a reload loses no count.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "rules/model/access.h"

namespace purposewatch {

struct CounterLabel {
  std::string store, service, permit, purpose;
  AccessKind kind = AccessKind::kRead;
  auto tie() const { return std::tie(store, service, permit, purpose, kind); }
  bool operator<(const CounterLabel& other) const { return tie() < other.tie(); }
  bool operator==(const CounterLabel&) const = default;
};

class CounterSlots {
 public:
  explicit CounterSlots(std::uint32_t capacity) : capacity_(capacity) {}

  // The label's slot, new or old. Nothing when all are taken: the kernel then leaves the access to user
  // space, which counts it itself.
  std::optional<std::uint32_t> slot(const CounterLabel& label);
  const std::vector<CounterLabel>& labels() const { return labels_; }  // by slot
  std::uint32_t capacity() const { return capacity_; }
  // Those that were given before, by slot.
  void restore(const std::vector<CounterLabel>& labels);

 private:
  std::uint32_t capacity_;
  std::map<CounterLabel, std::uint32_t> slots_;
  std::vector<CounterLabel> labels_;
};

// Numbers of the policy's `exe:` and `script:` paths, from 1. A task keeps the number it was stamped with at
// exec, so a path keeps its number as long as the agent lives.
class ProgramNumbers {
 public:
  std::uint32_t number(const std::string& path);
  std::uint32_t script_number(const std::string& path);
  bool is_script(std::uint32_t number) const { return scripts_.contains(number); }
  // Empty for 0 and for numbers never given.
  std::string path(std::uint32_t number) const;
  const std::vector<std::string>& paths() const { return paths_; }  // number - 1 is the index
  // Those that were given before.
  void restore(const std::vector<std::string>& paths, const std::set<std::uint32_t>& scripts);
  const std::set<std::uint32_t>& scripts() const { return scripts_; }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> paths_;
  std::set<std::uint32_t> scripts_;
};

}  // namespace purposewatch
