// Health as JSON: what `status` is answered with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rules/model/health.h"

namespace purposewatch {

nlohmann::ordered_json safeguards_json(const std::vector<SafeguardHealth>& safeguards);

// One line, valid UTF-8.
std::string health_json(const Health& health);

}  // namespace purposewatch
