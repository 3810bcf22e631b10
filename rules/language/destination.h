// "backup.example.net:22", "192.0.2.0/24:443", "*:25", "unix:/run/relay.sock" and "file:/srv/backup": where
// data may go.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "rules/language/rule_set.h"

namespace purposewatch {

// The destination, or what is wrong with it in words for its author.
tl::expected<Destination, std::string> parse_destination(const std::string& text, const Position& at);

// Neither a network nor a pattern.
bool is_one_place(const Destination& destination);

}  // namespace purposewatch
