#include "agent/storage/device_number.h"

#include <sys/sysmacros.h>

#include <charconv>
#include <system_error>

namespace purposewatch {

std::optional<dev_t> parse_device_number(std::string_view text) {
  unsigned major_number = 0;
  unsigned minor_number = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major_number);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minor_number);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return makedev(major_number, minor_number);
}

}  // namespace purposewatch
