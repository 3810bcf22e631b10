// The way from a directory down to one deep below it, by descriptors: paths of any length, a bounded number
// of open descriptors, and no directory is mistaken for another that took its name.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/base/descriptor.h"

namespace purposewatch {

// (device, inode) as stat tells them.
using InodeNumber = std::pair<dev_t, ino_t>;

InodeNumber inode_number(const struct statx& status);

class Descent {
 public:
  struct Level {
    Descriptor directory;  // closed on the levels far above the last one
    InodeNumber number;
    std::size_t path_length = 0;
    std::string pending;  // names of directories to go down to, each ended by a slash: no name has one
  };

  // open_max: descriptors that are held at once, at least 2.
  explicit Descent(std::size_t open_max) : open_max_(std::max<std::size_t>(open_max, 2)) {}

  bool empty() const { return levels_.empty(); }
  std::size_t depth() const { return levels_.size(); }
  // The last level; its directory is open.
  Level& last() { return levels_.back(); }
  // Bytes, without a slash at the end (empty for the root directory).
  const std::string& path() const { return path_; }

  // The first level.
  void start(std::string path, Descriptor directory, InodeNumber number);
  // One level further down, into a directory that was opened by this name in the last one.
  void down(std::string_view name, Descriptor directory, InodeNumber number);
  // Leaves the last level. False when the level above had to be closed, and cannot be found any more: it is
  // the last one now, but its directory is not open, so nothing pending there can be reached.
  bool up();
  // The level, 0 being the first, and its path.
  const Level& at(std::size_t level) const { return levels_[level]; }
  std::string_view path_of(std::size_t level) const;

 private:
  Descriptor find_again(const Descriptor& below) const;

  const std::size_t open_max_;
  std::vector<Level> levels_;
  std::string path_;
};

}  // namespace purposewatch
