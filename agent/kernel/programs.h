// The policy's executables in the kernel: which inode each `exe:` path is now. A package upgrade renames a
// new file over the old one: that is followed, and told.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/sensor.h"
#include "agent/kernel/slots.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

struct ProgramChange {
  std::string path;
  enum class Kind { kAppeared, kReplaced, kVanished } kind = Kind::kAppeared;
};

class Programs {
 public:
  // `numbers` outlives this object.
  Programs(Sensor& sensor, const ProgramNumbers& numbers) : sensor_(sensor), numbers_(numbers) {}

  // Looks at every path again. What changed since the last look is returned.
  Result<std::vector<ProgramChange>> refresh();

  // The `exe:` path that this inode is now, or empty.
  std::string path_of(std::uint64_t inode, std::uint32_t device) const;

  // Readable when a directory that holds one of the programs, or should, has changed; drain() then refresh().
  int watch_descriptor() const { return watch_.get(); }
  void drain();

 private:
  void watch_directories();

  Sensor& sensor_;
  const ProgramNumbers& numbers_;
  std::map<std::string, std::optional<pw_inode_key>> inodes_;  // by path
  Descriptor watch_;
};

}  // namespace purposewatch
