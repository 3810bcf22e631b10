// Whether bytes are encrypted before they come to a disk.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/safeguards/safeguard.h"
#include "agent/storage/mount_info.h"
#include "rules/base/descriptor.h"

namespace purposewatch {

// Goes down from what it is shown, layer by layer, until dm-crypt or a disk is reached. What is only ever in
// memory is as good as encrypted. Disks that encrypt by themselves look like those that do not.
class Encryption {
 public:
  // Both outlive it.
  Encryption(const HostView& host, const std::vector<MountInfo>& mounts);

  void see_mount(const MountInfo& mount) { reach_mount(mount), follow(); }
  // What a file lies on, by the path that the kernel remembers.
  void see_file(const std::string& path) { reach_file(path), follow(); }
  // By the kernel's own name, below /dev.
  void see_device(const std::string& path) { reach_device(path), follow(); }

  // "sda1": partitions and disks that are reached without dm-crypt.
  const std::vector<std::string>& plain() const { return plain_; }
  // What could not be followed, and why: "/srv is nfs4 (host:/export)".
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  struct Layer {
    dev_t device = 0;
    std::string partition;  // that led here; empty: none
  };
  void reach(dev_t device, const std::string& partition = "");
  void follow();
  void look_at(const Layer& layer);
  void look_at_lowest(const Layer& layer, const std::string& name);
  void reach_mount(const MountInfo& mount);
  void reach_file(const std::string& path);
  void reach_device(const std::string& path);
  void reach_btrfs(const MountInfo& mount);
  void reach_more_of_xfs(const MountInfo& mount);
  std::string attribute(dev_t device, std::string_view name) const;
  std::string name_of(dev_t device) const;

  const HostView& host_;
  const std::vector<MountInfo>& mounts_;
  Descriptor sysfs_;
  std::set<dev_t> seen_;
  std::vector<Layer> waiting_;
  std::vector<std::string> plain_, unknown_;
};

}  // namespace purposewatch
