#include "agent/storage/devices.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <map>
#include <optional>

#include "agent/storage/block_device.h"
#include "agent/storage/mount_info.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

const MountInfo* find_mount(const std::vector<MountInfo>& mounts, FileSystem file_system) {
  const auto find = [&](auto matches) {
    const auto found = std::find_if(mounts.begin(), mounts.end(), matches);
    return found == mounts.end() ? nullptr : &*found;
  };
  if (file_system.mount != 0)
    if (const auto* mount = find([&](const MountInfo& m) { return m.id == file_system.mount; })) return mount;
  return find([&](const MountInfo& m) { return m.device == file_system.device; });
}

// Every device of the btrfs that `member` belongs to; of every btrfs when there is no member to go by.
std::vector<dev_t> btrfs_devices(int sys_root, std::optional<dev_t> member) {
  std::vector<dev_t> all;
  for (const std::string& uuid : names_in(sys_root, "fs/btrfs")) {
    auto devices = devices_in(sys_root, "fs/btrfs/" + uuid + "/devices");
    if (member && std::find(devices.begin(), devices.end(), *member) != devices.end()) return devices;
    all.insert(all.end(), devices.begin(), devices.end());
  }
  return member ? std::vector<dev_t>{*member} : all;
}

// xfs(5): file contents may lie on the realtime device, names and attributes pass through the log.
std::vector<dev_t> further_devices(int sys_root, const MountInfo& mount) {
  std::vector<dev_t> devices;
  for (const std::string_view key : {"rtdev=", "logdev="})
    for (const std::string& option : mount.super_options)
      if (option.starts_with(key))
        if (const auto device = find_device(sys_root, std::string_view(option).substr(key.size())))
          devices.push_back(*device);
  return devices;
}

// The devices that the file system itself knows of.
std::vector<dev_t> own_devices(int sys_root, FileSystem file_system, const MountInfo* mount) {
  // Major 0 is for file systems without a device, or with several.
  const bool anonymous = major(file_system.device) == 0;
  std::vector<dev_t> devices;
  if (!anonymous) devices.push_back(file_system.device);
  if (!mount) {
    // A number that no mount has: a subvolume.
    if (anonymous) devices = btrfs_devices(sys_root, std::nullopt);
    return devices;
  }
  const auto source = anonymous ? find_device(sys_root, mount->source) : std::nullopt;
  const auto more = mount->type == "btrfs" && anonymous ? btrfs_devices(sys_root, source)
                                                        : further_devices(sys_root, *mount);
  if (source) devices.push_back(*source);
  devices.insert(devices.end(), more.begin(), more.end());
  return devices;
}

// Follows the layers from device to device. Layers may meet again (two volumes on one disk), and a tree that
// only looks like sysfs may have circles: no device is looked at more than twice.
class Layers {
 public:
  explicit Layers(int sys_root) : sys_root_(sys_root) {}

  // The devices above one also expose its bytes, or some of them. For a disk beneath, that would be wrong:
  // its other volumes have nothing to do with the file system.
  void reach(dev_t device, bool upward) {
    const auto [place, is_new] = reached_.try_emplace(device, upward);
    if (!is_new && (place->second || !upward)) return;
    place->second = upward;
    waiting_.push_back(device);
  }

  StorageDevices follow() {
    StorageDevices result;
    while (!waiting_.empty()) {
      const dev_t device = waiting_.back();
      waiting_.pop_back();
      const bool is_new = result.devices.insert(device).second;
      const auto found = BlockDevice::find(sys_root_, device);
      if (!found) continue;
      if (const auto disk = found->disk()) reach(*disk, false);
      for (const dev_t slave : found->slaves()) reach(slave, false);
      // A snapshot is no layer of the volume, but has the same volume beneath.
      if (reached_[device] || found->is_inner_volume())
        for (const dev_t holder : found->holders()) reach(holder, true);
      if (!is_new) continue;
      for (std::string& file : found->backing_files()) result.backing_files.push_back(std::move(file));
    }
    return result;
  }

 private:
  const int sys_root_;
  std::map<dev_t, bool> reached_;  // and whether the devices above count
  std::vector<dev_t> waiting_;
};

}  // namespace

StorageDevices find_storage_devices(const std::string& sys_root, FileSystem file_system,
                                    std::string_view mount_info) {
  const Descriptor root(open(sys_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto mounts = read_mount_info(mount_info);
  Layers layers(root.get());
  for (const dev_t device : own_devices(root.get(), file_system, find_mount(mounts, file_system)))
    layers.reach(device, true);
  return layers.follow();
}

}  // namespace purposewatch
