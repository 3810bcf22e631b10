#include "agent/storage/linked_inodes.h"

#include <algorithm>
#include <functional>

namespace purposewatch {
namespace {

std::uint64_t name_hash(std::pair<dev_t, ino_t> directory, std::string_view name) {
  // The golden ratio spreads small differences over all bits.
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  std::uint64_t hash = std::hash<std::string_view>{}(name);
  hash = (hash ^ directory.first) * kSpread;
  return ((hash ^ (hash >> 32)) ^ directory.second) * kSpread;
}

}  // namespace

LinkedInodes::Count& LinkedInodes::count_of(const Sighting& sighting, std::string_view path) {
  Count& count = counts_[{sighting.device, sighting.inode}];
  if (count.changed != sighting.changed) {
    count.changed = sighting.changed;
    count.complete = false;
    count.look_at = sighting.nlink;
    count.names.clear();
  }
  count.nlink = sighting.nlink;
  if (!count.complete && count.path.empty()) count.path = path;
  return count;
}

void LinkedInodes::saw_name(const Sighting& sighting, std::pair<dev_t, ino_t> directory,
                            std::string_view name, std::string_view path) {
  Count& count = count_of(sighting, path);
  if (count.complete) return;
  count.names.push_back(name_hash(directory, name));
  if (count.names.size() < count.look_at) return;
  drop_doubles(count.names);
  count.complete = count.names.size() >= count.nlink;
  // Not at each further name: sorting ten thousand names ten thousand times takes minutes.
  count.look_at = std::max<std::size_t>(count.nlink, 2 * count.names.size());
  if (!count.complete) return;
  count.names = {};
  count.path = {};
}

void LinkedInodes::saw_mount(const Sighting& sighting, std::string_view path) {
  count_of(sighting, path);
}

std::vector<LinkedInode> LinkedInodes::incomplete() && {
  std::vector<LinkedInode> found;
  for (auto& [key, count] : counts_) {
    if (count.complete) continue;
    drop_doubles(count.names);
    if (count.names.size() >= count.nlink) continue;
    found.push_back({key.first, key.second, std::move(count.path), count.nlink,
                     static_cast<std::uint32_t>(count.names.size())});
  }
  counts_.clear();
  return found;
}

void LinkedInodes::drop_doubles(std::vector<std::uint64_t>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace purposewatch
