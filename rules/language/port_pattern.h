// "tcp:127.0.0.1:3306" as address and port.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "rules/language/rule_set.h"

namespace purposewatch {

// The port, or what is wrong with it in words for its author.
tl::expected<PortPattern, std::string> parse_port_pattern(const std::string& text, const Position& at);

}  // namespace purposewatch
