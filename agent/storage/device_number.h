// Device numbers as the kernel writes them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace purposewatch {

// "8:1" (nothing around it). Nothing when it is something else.
std::optional<dev_t> parse_device_number(std::string_view text);

}  // namespace purposewatch
