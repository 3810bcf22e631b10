// Words of the language that stand for the values of an enum, which count from 0.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace purposewatch {

// The value whose name this is, by the names of all; nothing: there is none.
template <class Enum, std::size_t kCount>
constexpr std::optional<Enum> enum_named(const std::array<std::string_view, kCount>& names,
                                         std::string_view name) {
  for (std::size_t i = 0; i < kCount; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

// Of a set of them, in which bit i stands for the one of value i.
template <std::size_t kCount>
std::vector<std::string_view> names_in(const std::array<std::string_view, kCount>& names, unsigned set) {
  std::vector<std::string_view> found;
  for (std::size_t i = 0; i < kCount; ++i)
    if ((set & (1U << i)) != 0) found.push_back(names[i]);
  return found;
}

}  // namespace purposewatch
