#include "rules/language/destination.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "rules/base/address.h"
#include "rules/base/paths.h"

namespace purposewatch {
namespace {

constexpr std::string_view kUnix = "unix:", kFile = "file:";
constexpr std::size_t kHostNameMax = 253;    // RFC 1035, without the last dot
constexpr std::size_t kHostLabelMax = 63;    // between two dots
constexpr std::size_t kSocketPathMax = 107;  // sun_path of unix(7), without its zero

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= kHostLabelMax && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](unsigned char letter) { return std::isalnum(letter) || letter == '-'; });
}

// A name as RFC 1123 has it. What ends in digits alone is an address gone wrong, not a name.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kHostNameMax) return false;
  std::string_view last;
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!is_host_label(last)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return last.find_first_not_of("0123456789") != std::string_view::npos;
}

struct Network {
  std::string address;
  std::uint8_t prefix = 0;
};

// "192.0.2.0/24", "[2001:db8::/32]" and single addresses.
std::optional<Network> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const bool is_bracketed = !text.empty() && text.front() == '[';
  std::string alone(text.substr(0, slash));
  if (is_bracketed && slash != std::string_view::npos) alone += ']';
  const auto address = address_before_port(alone);
  if (!address) return std::nullopt;
  const unsigned bits = bits_of_address(*address);
  if (slash == std::string_view::npos) return Network{*address, static_cast<std::uint8_t>(bits)};
  std::string_view digits = text.substr(slash + 1);
  if (is_bracketed) {
    if (digits.empty() || digits.back() != ']') return std::nullopt;
    digits.remove_suffix(1);
  }
  if (digits == "0") return Network{*address, 0};
  const auto prefix = port_number(digits);
  if (!prefix || *prefix > bits) return std::nullopt;
  return Network{*address, static_cast<std::uint8_t>(*prefix)};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

}  // namespace

tl::expected<Destination, std::string> parse_destination(const std::string& text, const Position& at) {
  const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
  Destination destination;
  destination.text = text;
  destination.at = at;
  if (text.rfind(kUnix, 0) == 0) {
    destination.kind = Destination::Kind::kSocket;
    destination.name = text.substr(kUnix.size());
    if (destination.name.empty() || (destination.name.front() != '/' && destination.name.front() != '@'))
      return refuse("names no absolute path, and no '@NAME' of a socket without a file");
    if (destination.name.size() > kSocketPathMax) return refuse("is longer than a socket's path can be");
    return destination;
  }
  if (text.rfind(kFile, 0) == 0) {
    destination.kind = Destination::Kind::kFiles;
    destination.name = text.substr(kFile.size());
    if (destination.name.empty() || destination.name.front() != '/') return refuse("names no absolute path");
    if (!is_plain_path(destination.name)) return refuse(kNoPlainPath);
    return destination;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || text.find(']', colon) != std::string::npos)
    return refuse("names no port: HOST:PORT, NETWORK:PORT, unix:PATH or file:PATH");
  const std::string_view port = std::string_view(text).substr(colon + 1);
  if (port != "*") {
    destination.port = port_number(port);
    if (!destination.port) return refuse("does not end in a port, 1 to 65535 or *");
  }
  const std::string_view host = std::string_view(text).substr(0, colon);
  if (host == "*") {
    destination.kind = Destination::Kind::kAnyHost;
    return destination;
  }
  if (const auto network = network_of(host)) {
    destination.kind = Destination::Kind::kNetwork;
    destination.name = masked_address(network->address, network->prefix);
    destination.prefix = network->prefix;
    if (destination.name != network->address)
      return refuse("has more of an address than its prefix counts: " + destination.name + "/" +
                    std::to_string(network->prefix));
    return destination;
  }
  if (!is_host_name(host))
    return refuse("names no host: a name, an address, a network like 192.0.2.0/24 or [2001:db8::/32]");
  destination.kind = Destination::Kind::kHost;
  destination.name = lower_case(host);
  return destination;
}

bool is_one_place(const Destination& destination) {
  switch (destination.kind) {
    case Destination::Kind::kAnyHost:
      return false;
    case Destination::Kind::kHost:
      return destination.port.has_value();
    case Destination::Kind::kNetwork:
      return destination.port && destination.prefix == bits_of_address(destination.name);
    case Destination::Kind::kSocket:
    case Destination::Kind::kFiles:
      return destination.name.find('*') == std::string::npos;
  }
  return false;
}

}  // namespace purposewatch
