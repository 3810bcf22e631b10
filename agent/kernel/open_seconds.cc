#include "agent/kernel/open_seconds.h"

#include <algorithm>
#include <limits>

#include "bpf/abi.h"

namespace purposewatch {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

__u32 within_word(std::int64_t seconds) {
  return static_cast<__u32>(std::clamp<std::int64_t>(seconds, 0, std::numeric_limits<__u32>::max()));
}

}  // namespace

std::uint64_t open_seconds(const std::vector<Window>& windows, std::int64_t wall_ns, std::int64_t boot_ns) {
  const auto interval = open_interval(windows, wall_ns);
  if (!interval) return 0;
  // Since this boot: an hour before it is none that the kernel could ask for.
  const std::int64_t opens = std::max<std::int64_t>(0, interval->opens_ns - wall_ns + boot_ns);
  const std::int64_t closes = std::max<std::int64_t>(0, interval->closes_ns - wall_ns + boot_ns);
  return pw_open_seconds(within_word((opens + kSecond - 1) / kSecond), within_word(closes / kSecond));
}

}  // namespace purposewatch
