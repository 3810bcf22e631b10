// Texts of a recorded event, for a report: visible, and no longer than anybody reads.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace purposewatch {

inline constexpr std::size_t kReportTextBytesMax = 2048;

std::string shown_text(std::string_view text);

// The string there, shortened; empty when there is none.
std::string text_in(const nlohmann::ordered_json& json, std::initializer_list<const char*> names);
// The number there; 0 when there is none.
std::uint64_t number_in(const nlohmann::ordered_json& json, std::initializer_list<const char*> names);
// Of an RFC 3339 text in UTC, nanoseconds since the epoch; 0 when there is none.
std::int64_t moment_in(const nlohmann::ordered_json& json, std::initializer_list<const char*> names);

}  // namespace purposewatch
