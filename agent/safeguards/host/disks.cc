#include "agent/safeguards/host/disks.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "agent/safeguards/host/host_files.h"
#include "agent/storage/usb_path.h"
#include "rules/base/glob.h"

namespace purposewatch {
namespace {

std::string first_line(std::initializer_list<std::string> paths) {
  for (const std::string& path : paths)
    if (auto line = line_of_file(path); line && !line->empty()) return *line;
  return "";
}

// Page 0x80 of a SCSI device's vital product data: four bytes before the text (SPC-4, 7.8.18).
std::string unit_serial_number(const std::string& path) {
  const auto page = text_of_file(path, 256);
  if (!page || page->size() <= 4) return "";
  const std::string text = page->substr(4);
  const std::size_t first = text.find_first_not_of(std::string_view(" \0", 2));
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(std::string_view(" \n\0", 3)) - first + 1);
}

// Where the link leads, as a path of the host. Nothing: nowhere.
std::optional<std::string> resolved(const HostView& host, const std::string& link) {
  std::error_code error;
  const std::string root = std::filesystem::canonical(host.path("/"), error).string();
  if (error) return std::nullopt;
  const std::string path = std::filesystem::canonical(link, error).string();
  if (error) return std::nullopt;
  return root != "/" && path.starts_with(root + "/") ? path.substr(root.size()) : path;
}

std::string serial_of(const HostView& host, const std::string& block, const std::string& device) {
  // SCSI disks behind USB tell the serial number of the USB device, three levels up.
  std::string serial = first_line({device + "/serial", block + "/serial"});
  if (serial.empty()) serial = unit_serial_number(device + "/vpd_pg80");
  std::string path = device;
  while (serial.empty() && path.size() > host.root.size() && path.find("/usb") != std::string::npos) {
    path.resize(path.rfind('/'));
    if (line_of_file(path + "/idVendor")) return first_line({path + "/serial"});
  }
  return serial;
}

std::optional<Disk> read_disk(const HostView& host, const std::string& name) {
  const std::string block = host.path("/sys/block/" + name);
  const auto path = resolved(host, block + "/device");
  if (!path) return std::nullopt;
  const std::string device = host.path(*path);
  Disk disk;
  disk.name = name;
  std::replace(disk.name.begin(), disk.name.end(), '!', '/');  // which sysfs puts for a slash
  disk.path = *path;
  disk.vendor = first_line({device + "/vendor"});
  if (disk.vendor.starts_with("0x")) disk.vendor.clear();          // the number of a virtio device
  disk.model = first_line({device + "/model", device + "/name"});  // `name`: of SD and MMC
  disk.serial = serial_of(host, block, device);
  disk.wwid = first_line({block + "/wwid", device + "/wwid"});
  const auto sectors = number_of_file(block + "/size");
  // What has no size that can be read may be of any.
  disk.sectors = sectors ? static_cast<std::uint64_t>(std::max<std::int64_t>(*sectors, 0)) : 1;
  disk.takes_media = number_of_file(block + "/removable").value_or(0) != 0;
  disk.is_hidden = number_of_file(block + "/hidden").value_or(0) != 0;
  return disk;
}

}  // namespace

bool Disk::has_medium() const {
  // What the drivers say of an empty drive: drivers/scsi/sr.c, drivers/block/floppy.c (MAX_DISK_SIZE).
  constexpr std::uint64_t kEmptyOptical = 0x1fffff, kEmptyFloppy = 8;
  if (!takes_media) return true;
  if (name.starts_with("sr")) return sectors != 0 && sectors != kEmptyOptical;
  if (name.starts_with("fd")) return sectors > kEmptyFloppy;
  return sectors != 0;
}

bool Disk::is_on_usb() const {
  return leads_over_usb(path);
}

std::optional<std::vector<Disk>> disks_of(const HostView& host) {
  const auto names = names_in_directory(host.path("/sys/block"));
  if (!names) return std::nullopt;
  std::vector<Disk> disks;
  for (const std::string& name : *names)
    if (auto disk = read_disk(host, name)) disks.push_back(std::move(*disk));
  return disks;
}

bool matches(const Disk& disk, const std::string& glob) {
  const std::array<std::string, 5> texts = {
      disk.name, disk.serial, disk.wwid, disk.model,
      disk.vendor.empty() || disk.model.empty() ? std::string() : disk.vendor + " " + disk.model};
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return !text.empty() && glob_matches(glob, text); });
}

bool matches_any(const Disk& disk, const std::vector<std::string>& globs) {
  return std::any_of(globs.begin(), globs.end(), [&](auto& glob) { return matches(disk, glob); });
}

std::string title_of(const Disk& disk) {
  std::string what = disk.vendor + (disk.vendor.empty() || disk.model.empty() ? "" : " ") + disk.model;
  if (!disk.serial.empty()) what += (what.empty() ? "serial " : ", serial ") + disk.serial;
  return what.empty() ? disk.name : disk.name + ": " + what;
}

}  // namespace purposewatch
