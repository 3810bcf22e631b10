#include "rules/language/port_pattern.h"

#include <string_view>

#include "rules/base/address.h"

namespace purposewatch {
namespace {

constexpr std::string_view kScheme = "tcp:";

}  // namespace

tl::expected<PortPattern, std::string> parse_port_pattern(const std::string& text, const Position& at) {
  const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
  if (text.rfind(kScheme, 0) != 0) return refuse("does not begin with 'tcp:'");
  const std::size_t colon = text.rfind(':');
  if (colon < kScheme.size()) return refuse("names no port");
  const auto port = port_number(std::string_view(text).substr(colon + 1));
  if (!port) return refuse("does not end in a port, 1 to 65535");
  PortPattern pattern{.text = text, .address = std::nullopt, .port = *port, .at = at};
  const std::string_view address = std::string_view(text).substr(kScheme.size(), colon - kScheme.size());
  if (address == "*") return pattern;
  pattern.address = address_before_port(address);
  if (!pattern.address) return refuse("names no address: an IPv4 address, [an IPv6 address] or *");
  if (*pattern.address == "0.0.0.0" || *pattern.address == "::")
    return refuse("names no address that anybody connects to; any address of this host is *");
  return pattern;
}

}  // namespace purposewatch
