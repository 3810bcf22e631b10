// Internet addresses as text, in the one way of writing each that can be compared.
#pragma once

#include <optional>
#include <string>

namespace purposewatch {

// "192.0.2.1" and "2001:db8::1" (RFC 5952), without brackets or zone; an IPv4 address in IPv6
// ("::ffff:192.0.2.1") becomes that IPv4 address, for a connection to either reaches the same socket. Nothing
// for any other text.
std::optional<std::string> normal_address(const std::string& text);

}  // namespace purposewatch
