// Internet addresses as text, in the one way of writing each that can be compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace purposewatch {

// "192.0.2.1" and "2001:db8::1" (RFC 5952), without brackets or zone; an IPv4 address in IPv6
// ("::ffff:192.0.2.1") becomes that IPv4 address, for a connection to either reaches the same socket. Nothing
// for any other text.
std::optional<std::string> normal_address(const std::string& text);

// Likewise, of AF_INET's or AF_INET6's bytes, in network byte order; empty for another family.
std::string address_text(int family, const void* bytes);

// As it stands before ":PORT": "192.0.2.1" or "[2001:db8::1]", each only in its own form; made normal.
std::optional<std::string> address_before_port(std::string_view text);

// Of normal addresses.
inline bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}
inline unsigned bits_of_address(std::string_view address) {
  return is_ipv6(address) ? 128 : 32;
}
// As it stands before ":PORT".
inline std::string bracketed(const std::string& address) {
  return is_ipv6(address) ? "[" + address + "]" : address;
}

// The address with all bits after the first `prefix` zero. address: normal; prefix: at most 32, or 128.
std::string masked_address(const std::string& address, unsigned prefix);

// 1 to 65535, in the one way of writing each.
std::optional<std::uint16_t> port_number(std::string_view digits);

}  // namespace purposewatch
