// Numbers in a byte order that does not depend on the machine.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace purposewatch {

template <std::integral Number>
void put_number(std::uint8_t* at, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    at[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i));
}

template <std::integral Number>
Number get_number(const std::uint8_t* at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) number |= static_cast<std::uint64_t>(at[i]) << (8 * i);
  return static_cast<Number>(number);
}

}  // namespace purposewatch
