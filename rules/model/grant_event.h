// What happened to a grant: recorded beside findings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rules/model/finding.h"
#include "rules/model/grant.h"

namespace purposewatch {

enum class GrantChange : std::uint8_t { kGiven, kRefused, kRevoked, kExpired, kReviewed };
constexpr std::string_view name_of(GrantChange change) {
  constexpr std::array<std::string_view, 5> names = {"grant-given", "grant-refused", "grant-revoked",
                                                     "grant-expired", "grant-reviewed"};
  return names[static_cast<std::size_t>(change)];
}

struct GrantEvent {
  GrantChange change = GrantChange::kGiven;
  Grant grant;               // of a refused one, what could be understood of the request
  std::string by;            // the person who did it; empty: time has
  std::string why;           // of a refusal, in words
  std::int64_t wall_ns = 0;  // nanoseconds since the epoch
  std::shared_ptr<const PolicyIdentity> policy;
  std::shared_ptr<const HostIdentity> host;
};

}  // namespace purposewatch
