// Finds the inodes of stores that also have names elsewhere: hard links that were made before anybody
// watched. By such a name a file is reached on a way that does not lead through its store.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "agent/storage/linked_inodes.h"

namespace purposewatch {

struct LinkScanTask {
  // Absolute paths of what to look through: directories, with all that is mounted below, and files. Symbolic
  // links are followed here, and nowhere below. A tree that is named twice is walked twice, but its names
  // count once.
  std::vector<std::string> roots;
  // Does this path, below a root or one itself, belong to a store? Asked only for files with several links.
  std::function<bool(std::string_view path)> is_in_store;
  // May a store lie in this directory below a root, or further below? Spares the walk through what lies
  // beside stores. Where it is empty, everything is walked.
  std::function<bool(std::string_view directory)> may_lead_to_store;

  // Bounds. What lies deeper is not looked at, and counted as unreadable: directories cost their maker
  // nothing, each level costs the scan some hundred bytes.
  std::size_t depth_max = 65'536;
  std::size_t open_max = 64;  // descriptors at once, one or two more for a moment; at least 2
};

struct LinkScan {
  // Files that stores have names of, but not all names: regular files, sockets, fifos and devices (no
  // symbolic links). A file that is mounted into a store is among them, too. One that changed while the scan
  // ran may be among them without need. One that was moved then, from where the scan had not been yet to
  // where it had, may be missing, as it was not seen at all: moves are for those to watch who watch the
  // stores.
  std::vector<LinkedInode> linked_elsewhere;
  std::uint64_t entries = 0;     // names looked at
  std::uint64_t vanished = 0;    // that were gone when it was their turn
  std::uint64_t unreadable = 0;  // files and directories that could not be looked at, or not wholly
  bool finished = false;         // false: stopped before the end, and links may be missing from the list
};

// Runs until all is seen or a stop is requested; memory goes by the inodes with several links, and by the
// names of directories that wait on the way down to where the scan is. `entries_visited` (if any) counts
// along, for another thread to read.
LinkScan scan_links(const LinkScanTask& task, const std::stop_token& stop,
                    std::atomic<std::uint64_t>* entries_visited = nullptr);

}  // namespace purposewatch
