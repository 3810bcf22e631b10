// Safeguards as a table for a terminal.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace purposewatch {

// As health_json has them; empty when there are none, else with an empty line before it.
std::string safeguards_table(const nlohmann::ordered_json& safeguards, bool color);

}  // namespace purposewatch
