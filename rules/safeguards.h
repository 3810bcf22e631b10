// The safeguards that a policy can promise: what each is, and which keys say more of it.
#pragma once

#include <span>
#include <string_view>

#include "rules/model/safeguard.h"

namespace purposewatch {

// The keys of a safeguard in a policy, besides `clause`, which each of them has.
enum class SafeguardKey : std::uint8_t { kStores, kAllow, kOptions, kFiles, kWithin, kFree };
inline constexpr std::array<std::string_view, 6> kSafeguardKeyNames = {"stores", "allow",  "options",
                                                                       "files",  "within", "free"};
using SafeguardKeys = std::uint8_t;  // a set: bit i stands for the one of value i
constexpr SafeguardKeys mask_of(SafeguardKey key) {
  return static_cast<SafeguardKeys>(1U << static_cast<unsigned>(key));
}

// What one is promised to be, before a policy says more.
struct SafeguardSort {
  std::string_view name;  // label of metrics, and the policy's key
  SafeguardKind kind;
  std::string_view promise;            // what is so while it is ok
  SafeguardKeys keys = 0, needed = 0;  // that it takes; that it cannot do without
  std::string_view within = "";        // when the policy does not say: a duration
};

// In the order in which people are shown them.
std::span<const SafeguardSort> safeguard_sorts();
// Null: there is none of that name.
const SafeguardSort* safeguard_sort(std::string_view name);

}  // namespace purposewatch
