#include "agent/safeguards/host/filesystem_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"

namespace purposewatch {
namespace {

// The superblock's counts, which only fsck sets back (fs/ext4/sysfs.c).
void look_at_ext4(const HostView& host, const std::string& device, FileSystemErrors& errors) {
  const std::string directory = host.path("/sys/fs/ext4/" + device);
  if (!is_there(directory + "/errors_count").value_or(true)) return;  // "features" is no file system
  const auto count = number_of_file(directory + "/errors_count");
  if (!count) return errors.unclear.push_back("ext4 on " + device);
  ++errors.counters;
  if (*count == 0) return;
  const std::int64_t first = number_of_file(directory + "/first_error_time").value_or(0);
  constexpr std::int64_t kYear9999 = 253'000'000'000;
  const bool is_time = first > 0 && first < std::min(kYear9999, INT64_MAX / kSecondNs);
  errors.found.push_back(fmt::format("ext4 on {} has found {} errors in itself{}", device, *count,
                                     is_time ? ", the first at " + utc_in_words(first * kSecondNs) : ""));
}

// "write_errs 0\nread_errs 2\n..." or "invalid" while they are not loaded (fs/btrfs/sysfs.c, Linux 5.14).
std::optional<std::int64_t> sum_of_errors(std::string_view text) {
  std::int64_t sum = 0;
  bool is_any = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find("_errs ");
    if (space == line.npos) continue;
    std::uint32_t count = 0;
    const std::string_view digits = line.substr(space + 6);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), count).ec != std::errc())
      return std::nullopt;
    is_any = true;
    sum += count;
  }
  return is_any ? std::optional(sum) : std::nullopt;
}

void look_at_btrfs(const HostView& host, const std::string& file_system, FileSystemErrors& errors) {
  const std::string directory = host.path("/sys/fs/btrfs/" + file_system);
  const std::string name = line_of_file(directory + "/label").value_or("");
  const std::string title = "btrfs " + (name.empty() ? file_system : name);
  for (const std::string& device :
       names_in_directory(directory + "/devinfo").value_or(std::vector<std::string>())) {
    const std::string path = directory + "/devinfo/" + device;
    if (number_of_file(path + "/missing").value_or(0) != 0)
      errors.found.push_back(fmt::format("{} lacks device {}", title, device));
    const auto text = text_of_file(path + "/error_stats", 4096);
    const auto sum = text ? sum_of_errors(*text) : std::nullopt;
    if (!sum) {
      errors.unclear.push_back(title + ", device " + device);
      continue;
    }
    ++errors.counters;
    if (*sum > 0)
      errors.found.push_back(fmt::format("{} has met {} errors on device {}", title, *sum, device));
  }
}

}  // namespace

FileSystemErrors file_system_errors(const HostView& host) {
  FileSystemErrors errors;
  for (const std::string& device :
       names_in_directory(host.path("/sys/fs/ext4")).value_or(std::vector<std::string>()))
    look_at_ext4(host, device, errors);
  for (const std::string& file_system :
       names_in_directory(host.path("/sys/fs/btrfs")).value_or(std::vector<std::string>()))
    look_at_btrfs(host, file_system, errors);
  return errors;
}

}  // namespace purposewatch
