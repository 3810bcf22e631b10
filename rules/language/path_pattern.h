// "/home/{client}/mail*" as components.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "rules/language/rule_set.h"

namespace purposewatch {

inline constexpr std::size_t kPatternComponentsMax = 32;
inline constexpr std::size_t kComponentBytesMax = 255;  // NAME_MAX of Linux file systems

// The pattern, or what is wrong with it in words for its author.
tl::expected<PathPattern, std::string> parse_path_pattern(const std::string& text, const Position& at);

// Does it name exactly one path?
bool is_literal(const PathPattern& pattern);

}  // namespace purposewatch
