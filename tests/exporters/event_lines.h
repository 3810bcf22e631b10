// Events as they are written.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "exporters/ndjson/event_json.h"

namespace purposewatch {

inline std::string line_of(const Finding& finding) {
  std::string line;
  EventWriter().append(line, finding);
  return line;
}

inline nlohmann::json event_of(const Finding& finding) {
  return nlohmann::json::parse(line_of(finding));
}

}  // namespace purposewatch
