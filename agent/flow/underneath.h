// What the stores lie on, kept up to date: block devices, by which user space decides, and the files behind
// such devices, which it has the kernel mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/kernel/inode_key.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/sensor.h"
#include "agent/storage/store_devices.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

class Underneath {
 public:
  Underneath(Sensor& sensor, Marks& marks) : sensor_(sensor), marks_(marks) {}

  // Looks again: for a policy, after mounts, and from time to time, since devices are also stacked without
  // one.
  void look(std::shared_ptr<const RuleSet> rules);

  // Names of the stores whose bytes a device holds, in the policy's order. For a device that is not known yet
  // it looks again first, at most once a second. device: kernel encoding.
  std::vector<std::string> stores_on(std::uint32_t device);
  // Likewise, of a file system, by its device. One that has no block device of its own may hold any store.
  std::vector<std::string> stores_in(std::uint32_t device);
  // Likewise, behind a marked file. Empty for any other.
  std::vector<std::string> stores_behind(const InodeKey& inode) const;

 private:
  void mark_backing_files();

  Sensor& sensor_;
  Marks& marks_;
  std::shared_ptr<const RuleSet> rules_;
  StoreDevices devices_;
  std::map<InodeKey, std::vector<std::string>> backing_files_;
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace purposewatch
