#include "agent/storage/mount_info.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "agent/storage/device_number.h"
#include "agent/storage/octal_escapes.h"

namespace purposewatch {
namespace {

// Takes the text up to the separator away, and the separator.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
std::optional<MountInfo> read_line(std::string_view line) {
  MountInfo mount;
  const std::string_view id = take(line, ' ');
  const auto number = std::from_chars(id.data(), id.data() + id.size(), mount.id);
  if (number.ec != std::errc{} || number.ptr != id.data() + id.size()) return std::nullopt;
  take(line, ' ');  // the mount it is mounted on
  const auto device = parse_device_number(take(line, ' '));
  if (!device) return std::nullopt;
  mount.device = *device;
  mount.root = without_octal_escapes(take(line, ' '));
  mount.point = without_octal_escapes(take(line, ' '));
  mount.options = take(line, ' ');
  // What propagates from where and to where may follow, then the mark.
  constexpr std::string_view kMark = "- ";
  while (!line.empty() && !line.starts_with(kMark)) take(line, ' ');
  if (line.empty()) return std::nullopt;
  line.remove_prefix(kMark.size());
  mount.type = without_octal_escapes(take(line, ' '));
  mount.source = without_octal_escapes(take(line, ' '));
  // Commas inside an option are escaped like blanks.
  while (!line.empty()) mount.super_options.push_back(without_octal_escapes(take(line, ',')));
  return mount;
}

}  // namespace

std::vector<MountInfo> read_mount_info(std::string_view text) {
  std::vector<MountInfo> mounts;
  while (!text.empty())
    if (auto mount = read_line(take(text, '\n'))) mounts.push_back(std::move(*mount));
  return mounts;
}

}  // namespace purposewatch
