#include "agent/storage/descent.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

namespace purposewatch {
namespace {

// Opens a directory by a name in another one, provided that it is the one with this number.
Descriptor open_same(int parent, const std::string& name, InodeNumber number, int access) {
  Descriptor directory(openat(parent, name.c_str(), access | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct statx status {};
  if (!directory || statx(directory.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &status) != 0 ||
      inode_number(status) != number)
    return Descriptor();
  return directory;
}

}  // namespace

InodeNumber inode_number(const struct statx& status) {
  return {makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
}

void Descent::start(std::string path, Descriptor directory, InodeNumber number) {
  levels_.clear();
  path_ = std::move(path);
  levels_.push_back({std::move(directory), number, path_.size(), {}});
}

void Descent::down(std::string_view name, Descriptor directory, InodeNumber number) {
  path_.append("/").append(name);
  levels_.push_back({std::move(directory), number, path_.size(), {}});
  // The first level stays open: from there every other one can be found again.
  if (levels_.size() > open_max_) levels_[levels_.size() - open_max_].directory.reset();
}

bool Descent::up() {
  const Descriptor below = std::move(levels_.back().directory);
  levels_.pop_back();
  path_.resize(levels_.empty() ? 0 : levels_.back().path_length);
  if (levels_.empty() || levels_.back().directory) return true;
  levels_.back().directory = find_again(below);
  return static_cast<bool>(levels_.back().directory);
}

// The last level: from the directory below it, or, when that was moved meanwhile, from the first level by
// names.
Descriptor Descent::find_again(const Descriptor& below) const {
  // Searching a directory takes a right that listing it does not.
  if (below)
    if (Descriptor found = open_same(below.get(), "..", levels_.back().number, O_RDONLY)) return found;
  Descriptor found;
  for (std::size_t i = 1; i < levels_.size(); ++i) {
    const std::size_t start = levels_[i - 1].path_length + 1;
    const std::string name = path_.substr(start, levels_[i].path_length - start);
    const int parent = (i == 1 ? levels_.front().directory : found).get();
    const bool is_last = i + 1 == levels_.size();
    found = open_same(parent, name, levels_[i].number, is_last ? O_RDONLY : O_PATH);
    if (!found) break;
  }
  return found;
}

std::string_view Descent::path_of(std::size_t level) const {
  return std::string_view(path_).substr(0, levels_[level].path_length);
}

}  // namespace purposewatch
