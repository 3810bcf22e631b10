// Counts the names of inodes that have several, to find those with names that nobody came by.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace purposewatch {

struct LinkedInode {
  dev_t device = 0;
  ino_t inode = 0;
  std::string path;               // the first name that was found
  std::uint32_t nlink = 0;        // names that the file system counts
  std::uint32_t names_found = 0;  // of these, how many were found
};

// The time of an inode's last change. It moves whenever a name is added, removed or renamed; before
// Linux 6.13 in steps of 4 or 10 ms, so that two changes within one of them look like one.
struct ChangeTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  bool operator==(const ChangeTime&) const = default;
};

// Memory is taken for each inode, and for the names of those that are not yet complete: eight bytes each, and
// a path for the first.
class LinkedInodes {
 public:
  struct Sighting {
    dev_t device = 0;
    ino_t inode = 0;
    std::uint32_t nlink = 0;
    ChangeTime changed;
  };

  // One look at the inode by its name in a directory. The same name seen again (its directory was reached by
  // two ways) counts once. When the inode has changed since it was last seen, counting starts anew: a file
  // that is moved to where the scan has not been yet would otherwise be counted once for each of two names,
  // in place of the one that is elsewhere.
  void saw_name(const Sighting& sighting, std::pair<dev_t, ino_t> directory, std::string_view name,
                std::string_view path);
  // One look at the inode by a path that is none of its names: a file that was mounted there.
  void saw_mount(const Sighting& sighting, std::string_view path);

  // Those with fewer names found than they have, by device and inode. Ends the count.
  std::vector<LinkedInode> incomplete() &&;

 private:
  struct Count {
    std::uint32_t nlink = 0;
    ChangeTime changed;
    bool complete = false;
    std::size_t look_at = 0;           // once there are so many names, drop the doubles and see
    std::vector<std::uint64_t> names;  // hashes: should two be equal, one name too few is found, and reported
    std::string path;
  };

  Count& count_of(const Sighting& sighting, std::string_view path);
  static void drop_doubles(std::vector<std::uint64_t>& names);

  std::map<std::pair<dev_t, ino_t>, Count> counts_;
};

}  // namespace purposewatch
