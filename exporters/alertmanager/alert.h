// Alerts as Alertmanager takes them, by version 2 of its interface.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace purposewatch {

struct Alert {
  // What makes it this alert and no other: Alertmanager takes those with the same labels for the same.
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;  // may change while it is active
  std::int64_t starts_wall_ns = 0, ends_wall_ns = 0;
  std::string generator_url;  // where a person sees more; empty: nowhere

  bool operator==(const Alert&) const = default;
};

inline constexpr const char* kAlertsPath = "/api/v2/alerts";

// The body of a POST to kAlertsPath. What is no valid UTF-8 is replaced.
std::string alerts_json(const std::vector<Alert>& alerts);

}  // namespace purposewatch
