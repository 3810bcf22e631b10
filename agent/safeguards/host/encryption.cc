#include "agent/safeguards/host/encryption.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/shown_path.h"
#include "agent/safeguards/host/store_places.h"
#include "agent/storage/block_device.h"

namespace purposewatch {
namespace {

// cryptsetup, lib/libdevmapper.c and lib/libcryptsetup.h: "CRYPT-", type, and more. There are types that do
// not encrypt: VERITY, INTEGRITY, and SUBDEV for what lies beneath another type.
constexpr std::array<std::string_view, 7> kEncrypting = {"CRYPT-LUKS1-",   "CRYPT-LUKS2-",  "CRYPT-PLAIN-",
                                                         "CRYPT-LOOPAES-", "CRYPT-TCRYPT-", "CRYPT-BITLK-",
                                                         "CRYPT-FVAULT2-"};
constexpr std::array<std::string_view, 4> kInMemory = {"tmpfs", "ramfs", "devtmpfs", "hugetlbfs"};

bool is_encrypting(std::string_view uuid) {
  return std::any_of(kEncrypting.begin(), kEncrypting.end(),
                     [&](std::string_view prefix) { return uuid.starts_with(prefix); });
}

void add(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

}  // namespace

Encryption::Encryption(const HostView& host, const std::vector<MountInfo>& mounts)
    : host_(host),
      mounts_(mounts),
      sysfs_(open(host.path("/sys").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

std::string Encryption::attribute(dev_t device, std::string_view name) const {
  const auto line =
      line_of_file(host_.path(fmt::format("/sys/dev/block/{}:{}/{}", major(device), minor(device), name)));
  return line.value_or("");
}

std::string Encryption::name_of(dev_t device) const {
  const std::string number = fmt::format("{}:{}", major(device), minor(device));
  std::error_code error;
  const auto target = std::filesystem::read_symlink(host_.path("/sys/dev/block/" + number), error);
  return error ? "device " + number : target.filename().string();
}

void Encryption::reach_mount(const MountInfo& mount) {
  if (major(mount.device) != 0) {
    reach(mount.device);
    reach_more_of_xfs(mount);
  } else if (mount.type == "btrfs") {
    reach_btrfs(mount);
  } else if (std::find(kInMemory.begin(), kInMemory.end(), mount.type) == kInMemory.end()) {
    add(unknown_, fmt::format("{} is {}", shown_path(*host_.rules, mount.point), mount.type));
  }
}

// All of its devices; when it is not known which btrfs it is, those of all.
void Encryption::reach_btrfs(const MountInfo& mount) {
  const auto source = find_device(sysfs_.get(), mount.source);
  bool is_found = false;
  for (const std::string& name : names_in(sysfs_.get(), "fs/btrfs")) {
    const auto devices = devices_in(sysfs_.get(), "fs/btrfs/" + name + "/devices");
    if (source && std::find(devices.begin(), devices.end(), *source) == devices.end()) continue;
    for (const dev_t device : devices) reach(device);
    is_found = is_found || !devices.empty();
  }
  if (!is_found && source) reach(*source);
  if (!is_found && !source)
    add(unknown_, fmt::format("{} is a btrfs of unknown devices", shown_path(*host_.rules, mount.point)));
}

// xfs(5): file contents may lie on the realtime device, names and attributes pass through the log.
void Encryption::reach_more_of_xfs(const MountInfo& mount) {
  for (const std::string_view key : {"rtdev=", "logdev="})
    for (const std::string& option : mount.super_options)
      if (option.starts_with(key)) reach_device(option.substr(key.size()));
}

void Encryption::reach_file(const std::string& path) {
  const MountInfo* mount = mount_of(host_, mounts_, path);
  if (path.ends_with(" (deleted)") || mount == nullptr)
    add(unknown_, fmt::format("where {} lies", shown_path(*host_.rules, path)));
  else
    reach_mount(*mount);
}

void Encryption::reach_device(const std::string& path) {
  if (const auto device = find_device(sysfs_.get(), path))
    reach(*device);
  else
    add(unknown_, fmt::format("what {} is", path));
}

void Encryption::reach(dev_t device, const std::string& partition) {
  if (seen_.insert(device).second) waiting_.push_back({device, partition});
}

void Encryption::follow() {
  while (!waiting_.empty()) {
    const Layer layer = waiting_.back();
    waiting_.pop_back();
    look_at(layer);
  }
}

void Encryption::look_at(const Layer& layer) {
  const auto found = BlockDevice::find(sysfs_.get(), layer.device);
  const std::string name = name_of(layer.device);
  if (!found) return add(unknown_, "what " + name + " is, which sysfs does not have");
  if (is_encrypting(attribute(layer.device, "dm/uuid"))) return;
  const auto slaves = found->slaves();
  for (const dev_t slave : slaves) reach(slave);
  const auto files = found->backing_files();
  for (const std::string& file : files)
    if (file.starts_with("/dev/"))
      reach_device(file);
    else
      reach_file(file);
  const auto disk = found->disk();
  if (disk) reach(*disk, name);
  if (slaves.empty() && files.empty() && !disk) look_at_lowest(layer, name);
}

void Encryption::look_at_lowest(const Layer& layer, const std::string& name) {
  if (name.starts_with("zram") || name.starts_with("ram")) return;  // memory
  if (name.starts_with("drbd") || name.starts_with("loop")) return add(unknown_, "what lies beneath " + name);
  add(plain_, layer.partition.empty() ? name : layer.partition);
}

}  // namespace purposewatch
