// Of bytes that a crash or a disk may have left half written: CRC-32 as in zlib, against mishaps, not against
// people.
#pragma once

#include <zlib.h>

#include <cstdint>

#include "exporters/evidence/digest.h"

namespace purposewatch {

inline std::uint32_t checksum(Bytes bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

}  // namespace purposewatch
