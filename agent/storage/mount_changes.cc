#include "agent/storage/mount_changes.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace purposewatch {
namespace {

std::vector<MountInfo> read_list(const Descriptor& list) {
  std::string text;
  std::array<char, 16384> bytes{};
  (void)lseek(list.get(), 0, SEEK_SET);
  for (ssize_t length = 0; (length = read(list.get(), bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(length));
  return read_mount_info(text);
}

}  // namespace

std::vector<std::string> changed_points(const std::vector<MountInfo>& before,
                                        const std::vector<MountInfo>& after) {
  std::map<std::uint64_t, const MountInfo*> left;
  for (const MountInfo& mount : before) left.emplace(mount.id, &mount);
  std::vector<const MountInfo*> come;
  for (const MountInfo& mount : after) {
    const auto same = left.find(mount.id);
    if (same == left.end() || *same->second != mount) come.push_back(&mount);
    if (same != left.end() && *same->second == mount) left.erase(same);
  }
  std::vector<std::string> points;
  const auto add = [&](const MountInfo& mount) {
    if (std::find(points.begin(), points.end(), mount.point) == points.end()) points.push_back(mount.point);
  };
  for (const MountInfo& mount : before)
    if (const auto gone = left.find(mount.id); gone != left.end() && gone->second == &mount) add(mount);
  for (const MountInfo* mount : come) add(*mount);
  return points;
}

MountChanges::MountChanges(const std::string& mount_info)
    : list_(open(mount_info.c_str(), O_RDONLY | O_CLOEXEC)), known_(read_list(list_)) {
  (void)has_changed();
}

// proc(5): the list is "readable" in priority, once, when the mounts have changed.
bool MountChanges::has_changed() {
  pollfd one{list_.get(), POLLPRI, 0};
  if (list_ && poll(&one, 1, 0) > 0 && (one.revents & POLLPRI) != 0) is_pending_ = true;
  return is_pending_;
}

std::vector<std::string> MountChanges::take() {
  if (!has_changed()) return {};
  is_pending_ = is_old_ = false;
  std::vector<MountInfo> now = read_list(list_);
  auto points = changed_points(known_, now);
  known_ = std::move(now);
  return points;
}

void MountChanges::let_go() {
  if (!has_changed()) return;
  if (is_old_)
    (void)take();
  else
    is_old_ = true;
}

}  // namespace purposewatch
