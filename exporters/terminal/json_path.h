// Values inside JSON from outside, whose shape nobody vouches for.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace purposewatch {

// The value at these member names, or null when one is missing or no object.
const nlohmann::json* value_at(const nlohmann::json& json, std::initializer_list<const char*> names);
const nlohmann::ordered_json* value_at(const nlohmann::ordered_json& json,
                                       std::initializer_list<const char*> names);

// The string there, or "" when there is none.
std::string_view text_at(const nlohmann::json& json, std::initializer_list<const char*> names);
std::string string_at(const nlohmann::json& json, std::initializer_list<const char*> names);
// As a terminal may show it.
std::string shown_at(const nlohmann::json& json, std::initializer_list<const char*> names);

}  // namespace purposewatch
