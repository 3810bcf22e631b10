#include "rules/language/port_pattern.h"

#include <algorithm>
#include <string_view>

#include "rules/base/address.h"

namespace purposewatch {
namespace {

constexpr std::string_view kScheme = "tcp:";

// 1 to 65535, in the one way of writing each.
std::optional<std::uint16_t> port_of(std::string_view digits) {
  const bool is_number = !digits.empty() && digits.size() <= 5 && digits.front() != '0' &&
                         digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return std::nullopt;
  unsigned port = 0;
  for (const char digit : digits) port = port * 10 + static_cast<unsigned>(digit - '0');
  return port <= 65535 ? std::optional(static_cast<std::uint16_t>(port)) : std::nullopt;
}

// "[::1]" is IPv6, "127.0.0.1" IPv4; each only in its own form.
std::optional<std::string> address_of(std::string_view text) {
  const bool is_bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const std::string bare(is_bracketed ? text.substr(1, text.size() - 2) : text);
  if ((bare.find(':') != std::string::npos) != is_bracketed) return std::nullopt;
  return normal_address(bare);
}

}  // namespace

tl::expected<PortPattern, std::string> parse_port_pattern(const std::string& text, const Position& at) {
  const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
  if (text.rfind(kScheme, 0) != 0) return refuse("does not begin with 'tcp:'");
  const std::size_t colon = text.rfind(':');
  if (colon < kScheme.size()) return refuse("names no port");
  const auto port = port_of(std::string_view(text).substr(colon + 1));
  if (!port) return refuse("does not end in a port, 1 to 65535");
  PortPattern pattern{.text = text, .address = std::nullopt, .port = *port, .at = at};
  const std::string_view address = std::string_view(text).substr(kScheme.size(), colon - kScheme.size());
  if (address == "*") return pattern;
  pattern.address = address_of(address);
  if (!pattern.address) return refuse("names no address: an IPv4 address, [an IPv6 address] or *");
  if (*pattern.address == "0.0.0.0" || *pattern.address == "::")
    return refuse("names no address that anybody connects to; any address of this host is *");
  return pattern;
}

}  // namespace purposewatch
