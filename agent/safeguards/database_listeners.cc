#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <set>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/base/address.h"

namespace purposewatch {
namespace {

// Those that listen come first in the table; connections, which may be many, are not needed.
constexpr std::size_t kTableBytesMax = 4 << 20;

template <class Number>
bool read_hexadecimal(std::string_view digits, Number& to) {
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), to, 16);
  return parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
}

// "0100007F:0CEA": 32 bits each as this machine has them in memory, then the port (proc_net_tcp(5)).
std::optional<Endpoint> endpoint_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < colon / 8; ++i)
    if (!read_hexadecimal(text.substr(i * 8, 8), words[i])) return std::nullopt;
  Endpoint endpoint;
  if (!read_hexadecimal(text.substr(colon + 1), endpoint.port)) return std::nullopt;
  endpoint.address = address_text(colon == 8 ? AF_INET : AF_INET6, words.data());
  return endpoint;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// "   0: 0100007F:0CEA 00000000:0000 0A ..."
std::optional<Endpoint> listener_of(std::string_view line) {
  constexpr std::string_view kListens = "0A";
  take_word(line);
  const std::string_view local = take_word(line);
  take_word(line);
  return take_word(line) == kListens ? endpoint_of(local) : std::nullopt;
}

std::vector<Endpoint> listeners_in(std::string_view table) {
  std::vector<Endpoint> listeners;
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    if (auto listener = listener_of(table.substr(0, end))) listeners.push_back(std::move(*listener));
    table.remove_prefix(std::min(end + 1, table.size()));
  }
  return listeners;
}

// A server may serve several stores: what one of them names is expected of all.
bool is_named(const RuleSet& rules, const Endpoint& listener) {
  for (const Store& store : rules.stores)
    for (const PortPattern& port : store.ports)
      if (port.port == listener.port && (!port.address || *port.address == listener.address)) return true;
  return false;
}

std::set<std::uint16_t> ports_of(const Safeguard& promised, const RuleSet& rules) {
  std::set<std::uint16_t> ports;
  for (const std::size_t index : promised.stores)
    for (const PortPattern& port : rules.stores[index].ports) ports.insert(port.port);
  return ports;
}

std::string addresses_of(const RuleSet& rules, std::uint16_t port) {
  std::set<std::string> addresses;
  for (const Store& store : rules.stores)
    for (const PortPattern& pattern : store.ports)
      if (pattern.port == port && pattern.address) addresses.insert(*pattern.address);
  return fmt::format("{}", fmt::join(addresses, ", "));
}

std::string text_of(const Endpoint& listener) {
  return to_string(listener).substr(std::string_view("tcp:").size());
}

}  // namespace

SafeguardResult check_database_listeners(const Safeguard& promised, const HostView& host) {
  const std::set<std::uint16_t> ports = ports_of(promised, *host.rules);
  if (ports.empty()) return is_unknown("no store has a port", "Name stores with `ports`.");
  const auto four = text_of_file(host.path("/proc/net/tcp"), kTableBytesMax);
  if (!four) return is_unknown("/proc/net/tcp cannot be read", "Is /proc mounted?");
  std::vector<Endpoint> listeners = listeners_in(*four);
  // A kernel without IPv6 has no such table.
  for (Endpoint& listener :
       listeners_in(text_of_file(host.path("/proc/net/tcp6"), kTableBytesMax).value_or("")))
    listeners.push_back(std::move(listener));
  std::size_t expected = 0;
  std::vector<std::string> wrong;
  for (const Endpoint& listener : listeners) {
    if (!ports.contains(listener.port)) continue;
    if (is_named(*host.rules, listener))
      ++expected;
    else
      wrong.push_back(fmt::format("{} (the policy names {})", text_of(listener),
                                  addresses_of(*host.rules, listener.port)));
  }
  if (!wrong.empty())
    return is_violated(
        "served at " + some_of(wrong),
        "See who serves it with `ss -ltnp`. Bind it to the policy's address (bind-address of MariaDB, "
        "listen_addresses of PostgreSQL, bind of Redis) and restart it; or name the address in the policy.");
  return is_ok(expected == 0 ? "nobody listens"
                             : fmt::format("{} served, as the policy names them", expected));
}

}  // namespace purposewatch
