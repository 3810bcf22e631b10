// A condition that the policy promises of a host, and how it is.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace purposewatch {

enum class SafeguardKind : std::uint8_t { kPhysical, kElectronic, kLoss, kManagerial };
inline constexpr std::array<std::string_view, 4> kSafeguardKindNames = {"physical", "electronic", "loss",
                                                                        "managerial"};
constexpr std::string_view name_of(SafeguardKind kind) {
  return kSafeguardKindNames[static_cast<std::size_t>(kind)];
}

enum class SafeguardState : std::uint8_t { kUnknown, kOk, kViolated };
inline constexpr std::array<std::string_view, 3> kSafeguardStateNames = {"unknown", "ok", "violated"};
constexpr std::string_view name_of(SafeguardState state) {
  return kSafeguardStateNames[static_cast<std::size_t>(state)];
}

// What a look at it has found.
struct SafeguardResult {
  SafeguardState state = SafeguardState::kUnknown;
  std::string why;     // what was found, or what is missing to tell; visible text
  std::string remedy;  // what a person does about it; empty when it is ok
  bool operator==(const SafeguardResult&) const = default;
};

}  // namespace purposewatch
