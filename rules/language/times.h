// What a policy says about time: when a permit holds, and at what moment a test takes place.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "rules/language/diagnostic.h"
#include "rules/window.h"

namespace purposewatch {

// "02:00-05:00", "mon-fri 22:00-06:00", "sat,sun 00:00-24:00 Europe/Berlin"; without a zone, that of the
// host. What is wrong is said in words for its author.
tl::expected<Window, std::string> parse_window(const std::string& text, const Position& at);

// "2026-11-25 03:00", with a zone or without as above: the first such moment, when clocks show it twice.
tl::expected<Moment, std::string> parse_moment(const std::string& text);

// "30d", "12h", "15m", "20s".
std::optional<std::chrono::seconds> parse_duration(const std::string& text);
std::string to_string(std::chrono::seconds duration);

}  // namespace purposewatch
