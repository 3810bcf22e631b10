#include "agent/subject/process_start.h"

#include <unistd.h>

#include <charconv>

namespace purposewatch {

// The name in field 2 may hold anything, so counting begins behind its last ')'.
std::optional<std::uint64_t> start_ticks(std::string_view stat) {
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 22 && at != std::string_view::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t ticks = 0;
  if (std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), ticks).ec != std::errc())
    return std::nullopt;
  return ticks;
}

std::uint64_t ns_per_tick() {
  return 1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
}

}  // namespace purposewatch
