// Which events a person asked for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace purposewatch {

// Empty members match everything.
struct EventFilter {
  std::string store;    // exact name
  std::string client;   // exact name, raw bytes as the file system has them
  std::string verdict;  // permitted, flagged
};

// False for what is no event, unless the filter is empty. Never throws.
bool matches(const EventFilter& filter, const nlohmann::json& event);

}  // namespace purposewatch
