// The internet addresses of this host, which `*` of a policy's port stands for: kept in the kernel's table as
// they come and go.
#pragma once

#include <cstddef>
#include <set>
#include <utility>

#include "agent/kernel/sensor.h"
#include "bpf/abi.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

class OwnAddresses {
 public:
  explicit OwnAddresses(Sensor& sensor);

  // Looks again, and tells the kernel. More than its table holds are left out, with an error.
  Result<void> refresh();
  // Readable when an address has come or gone, until drain(); -1 where the kernel does not tell: then
  // refresh() from time to time must do.
  int watch_descriptor() const { return changes_.get(); }
  void drain() const;
  std::size_t size() const { return known_.size(); }

 private:
  using Words = std::pair<std::uint64_t, std::uint64_t>;  // of a pw_address, which has no order

  Sensor& sensor_;
  Descriptor changes_;  // of netlink(7)
  std::set<Words> known_;
};

}  // namespace purposewatch
