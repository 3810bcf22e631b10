#include "agent/storage/file_medium.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "agent/storage/usb_path.h"

namespace purposewatch {
namespace {

constexpr std::array<std::string_view, 12> kOfOtherHosts = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "ncpfs", "glusterfs", "lustre", "ocfs2"};

bool is_elsewhere(std::string_view type) {
  return type == "fuse" || type.starts_with("fuse.") || type == "fuseblk" ||
         std::find(kOfOtherHosts.begin(), kOfOtherHosts.end(), type) != kOfOtherHosts.end();
}

std::string first_word(const std::string& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

namespace fs = std::filesystem;

// What lies on other devices (encrypted, an array) has "slaves", and so may they.
constexpr int kLayersMax = 8;

// The disk says "1" (Documentation/ABI/stable/sysfs-block), or a device above it "removable", of its port
// (Documentation/ABI/testing/sysfs-devices-removable). Over USB, whatever does not say that it is "fixed".
bool is_removable(const fs::path& device, const fs::path& root, int layers = kLayersMax) {
  std::error_code error;
  bool is_fixed = false;
  for (fs::path at = device; at != root && at.has_relative_path(); at = at.parent_path()) {
    const std::string word = first_word(at / "removable");
    if (word == "1" || word == "removable") return true;
    is_fixed = is_fixed || word == "fixed";
  }
  if (leads_over_usb(device.string()) && !is_fixed) return true;
  if (layers == 0) return false;
  for (fs::directory_iterator below(device / "slaves", error), end; !error && below != end;
       below.increment(error)) {
    std::error_code unreadable;
    const fs::path there = fs::canonical(below->path(), unreadable);
    if (!unreadable && is_removable(there, root, layers - 1)) return true;
  }
  return false;
}

bool is_removable(dev_t device, const std::string& sys_root) {
  std::error_code error;
  const fs::path root = fs::canonical(sys_root, error);
  if (error) return false;
  const fs::path at = fs::canonical(
      root / "dev/block" / (std::to_string(major(device)) + ":" + std::to_string(minor(device))), error);
  return !error && is_removable(at, root);
}

}  // namespace

DisclosureKind medium_of(dev_t device, const std::vector<MountInfo>& mounts, const std::string& sys_root) {
  for (const MountInfo& mount : mounts)
    if (mount.device == device && is_elsewhere(mount.type)) return DisclosureKind::kNetworkFile;
  return is_removable(device, sys_root) ? DisclosureKind::kRemovable : DisclosureKind::kCopy;
}

}  // namespace purposewatch
