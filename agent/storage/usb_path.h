// Whether a device is reached over USB, by its place in sysfs.
#pragma once

#include <string_view>

namespace purposewatch {

// A root hub is above it: "/usb1/".
constexpr bool leads_over_usb(std::string_view sysfs_path) {
  constexpr std::string_view kUsb = "/usb";
  for (std::size_t at = sysfs_path.find(kUsb); at != std::string_view::npos;
       at = sysfs_path.find(kUsb, at + 1)) {
    const std::size_t digits = at + kUsb.size(), end = sysfs_path.find_first_not_of("0123456789", digits);
    if (end != digits && digits < sysfs_path.size() &&
        (end == std::string_view::npos || sysfs_path[end] == '/'))
      return true;
  }
  return false;
}

}  // namespace purposewatch
