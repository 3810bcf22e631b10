// A sensor of another build, or of other sizes, that an agent before has left pinned (pins.h): not to be gone
// on with, but read to its end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/folds.h"
#include "agent/kernel/pins.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

class Predecessor {
 public:
  static Result<Predecessor> open(const Pins& pins, std::string name);

  int ring() const { return ring_.get(); }
  // Variables of the kernel side by name; nothing for one that it has not.
  std::optional<std::uint64_t> variable(std::string_view name) const;
  // Sums over the CPUs, by slot.
  std::vector<std::uint64_t> permitted_counts(std::size_t slots) const;
  // What its tables of repeats hold.
  std::vector<Fold> folds() const;
  // It tells and counts nothing more of what begins from now on. At once.
  Result<void> silence();
  // Detaches it. When this returns, no program of its adds to the ring or the tables any more.
  Result<void> end(const Pins& pins);

 private:
  Predecessor() = default;
  struct Place {
    std::size_t offset = 0, size = 0;
  };
  std::optional<Place> place_of(std::string_view variable) const;

  std::string name_;
  Descriptor ring_, variables_, permitted_, folds_;
  std::array<Descriptor, Folds::kTables.size()> fold_tables_;
  std::vector<Descriptor> links_;
};

}  // namespace purposewatch
