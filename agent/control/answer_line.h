// Answers of the control socket, as lines of JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace purposewatch {

// Without its newline, for any bytes in it.
std::string answer_line(const nlohmann::ordered_json& json);
std::string refusal_line(const std::vector<std::string>& errors);

}  // namespace purposewatch
