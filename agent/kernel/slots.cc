#include "agent/kernel/slots.h"

namespace purposewatch {

std::optional<std::uint32_t> CounterSlots::slot(const CounterLabel& label) {
  if (auto known = slots_.find(label); known != slots_.end()) return known->second;
  if (labels_.size() >= capacity_) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(labels_.size());
  slots_.emplace(label, number);
  labels_.push_back(label);
  return number;
}

void CounterSlots::restore(const std::vector<CounterLabel>& labels) {
  for (const CounterLabel& label : labels) (void)slot(label);
}

std::uint32_t ProgramNumbers::number(const std::string& path) {
  auto [entry, is_new] = numbers_.try_emplace(path, static_cast<std::uint32_t>(paths_.size() + 1));
  if (is_new) paths_.push_back(path);
  return entry->second;
}

std::uint32_t ProgramNumbers::script_number(const std::string& path) {
  const std::uint32_t given = number(path);
  scripts_.insert(given);
  return given;
}

void ProgramNumbers::restore(const std::vector<std::string>& paths, const std::set<std::uint32_t>& scripts) {
  for (const std::string& path : paths) (void)number(path);
  scripts_ = scripts;
}

std::string ProgramNumbers::path(std::uint32_t number) const {
  return number == 0 || number > paths_.size() ? std::string() : paths_[number - 1];
}

}  // namespace purposewatch
