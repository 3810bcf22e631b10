// Every safeguard there is, by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

// What may happen on a host that some safeguard wants to look at at once.
enum class HostChange : std::uint8_t {
  kDevices,  // one has come or gone, or says that it is other than before (uevents)
  kMounts,   // something was mounted, unmounted or remounted
  kStores,   // attributes of a store's root, or what is in it
  kLogins,   // somebody has logged in or out
  kAgent,    // what the agent tells of itself
};
using HostChanges = std::uint8_t;  // a set: bit i stands for the one of value i
constexpr HostChanges mask_of(HostChange change) {
  return static_cast<HostChanges>(1U << static_cast<unsigned>(change));
}

struct SafeguardEntry {
  std::string_view name;
  CheckSafeguard check;
  std::chrono::seconds interval;  // it is looked at at least so often
  HostChanges wakes = 0;          // and at these
};

// In the order of their names in the policy's language (rules/safeguards.h).
std::span<const SafeguardEntry> all_safeguards();
// Null: there is none of that name.
const SafeguardEntry* safeguard_entry(std::string_view name);

}  // namespace purposewatch
