#include "agent/storage/block_device.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "agent/storage/device_number.h"

namespace purposewatch {
namespace {

// sysfs hands out one page at most.
constexpr std::size_t kAttributeMax = 4096;

// An attribute without the newline that ends it. A name within it may have newlines of its own.
std::optional<std::string> read_attribute(int parent, const std::string& path) {
  // Nothing in sysfs blocks, but what only looks like it might.
  const Descriptor file(openat(parent, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return std::nullopt;
  std::array<char, kAttributeMax> bytes{};
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length > 0 && bytes[length - 1] == '\n') --length;
  return std::string(bytes.data(), length);
}

// The number in a device's directory. Block devices have no major number 0: that is for file systems without.
std::optional<dev_t> read_number(int parent, const std::string& directory) {
  const auto text = read_attribute(parent, directory + "/dev");
  const auto number = text ? parse_device_number(*text) : std::nullopt;
  return number && major(*number) != 0 ? number : std::nullopt;
}

std::optional<dev_t> find_mapped_device(int sys_root, std::string_view name) {
  for (const std::string& device : names_in(sys_root, "class/block")) {
    if (!device.starts_with("dm-")) continue;
    const std::string directory = "class/block/" + device;
    if (read_attribute(sys_root, directory + "/dm/name") == name) return read_number(sys_root, directory);
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> names_in(int parent, const std::string& directory) {
  Descriptor opened(openat(parent, directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return {};
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(opened.get()), closedir);
  if (!stream) return {};
  (void)opened.release();  // the stream closes it
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::vector<dev_t> devices_in(int parent, const std::string& directory) {
  std::vector<dev_t> devices;
  for (const std::string& name : names_in(parent, directory))
    if (const auto number = read_number(parent, fmt::format("{}/{}", directory, name)))
      devices.push_back(*number);
  return devices;
}

std::optional<dev_t> find_device(int sys_root, std::string_view path) {
  constexpr std::string_view kDev = "/dev/";
  constexpr std::string_view kMapper = "mapper/";
  if (!path.starts_with(kDev)) return std::nullopt;
  path.remove_prefix(kDev.size());
  if (path.starts_with(kMapper)) return find_mapped_device(sys_root, path.substr(kMapper.size()));
  // A slash in a device's name is written as '!' in sysfs.
  std::string name(path);
  std::replace(name.begin(), name.end(), '/', '!');
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  return read_number(sys_root, "class/block/" + name);
}

std::optional<BlockDevice> BlockDevice::find(int sys_root, dev_t number) {
  const std::string path = fmt::format("dev/block/{}:{}", major(number), minor(number));
  Descriptor directory(openat(sys_root, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return std::nullopt;
  return BlockDevice(std::move(directory));
}

std::optional<dev_t> BlockDevice::disk() const {
  if (!read_attribute(directory_.get(), "partition")) return std::nullopt;
  return read_number(directory_.get(), "..");
}

std::vector<dev_t> BlockDevice::slaves() const {
  return devices_in(directory_.get(), "slaves");
}

std::vector<dev_t> BlockDevice::holders() const {
  return devices_in(directory_.get(), "holders");
}

std::vector<std::string> BlockDevice::backing_files() const {
  std::vector<std::string> files;
  // A zram device without one says "none".
  for (const char* attribute : {"loop/backing_file", "backing_dev"}) {
    auto path = read_attribute(directory_.get(), attribute);
    if (path && path->starts_with('/')) files.push_back(std::move(*path));
  }
  return files;
}

bool BlockDevice::is_inner_volume() const {
  // lvm2, lib/activate/dev_manager.c: "LVM-", the ids of group and volume (32 characters each), and for the
  // volumes that only serve others a "-" and a layer: "-real", "-tpool".
  constexpr std::string_view kLvm = "LVM-";
  constexpr std::size_t kIds = 64;
  const auto uuid = read_attribute(directory_.get(), "dm/uuid");
  return uuid && uuid->starts_with(kLvm) && uuid->size() > kLvm.size() + kIds;
}

}  // namespace purposewatch
