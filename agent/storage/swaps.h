// Where memory is written out to, by the text of /proc/swaps (proc(5)). Whoever reads that may read what any
// process had in memory: any store's data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

struct SwapArea {
  // As the kernel sees it when asked: "/dev/dm-1", "/swapfile". A name that has been removed ends with
  // " (deleted)".
  std::string path;
  bool is_file = false;  // else a block device

  bool operator==(const SwapArea&) const = default;
};

// Lines that are not what Linux writes are left out.
std::vector<SwapArea> read_swaps(std::string_view text);

}  // namespace purposewatch
