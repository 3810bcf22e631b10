#include "agent/kernel/tcp_listeners.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "agent/kernel/address.h"

namespace purposewatch {
namespace {

// "0100007F:0CEA": words as this machine has them, then the port.
std::optional<std::pair<pw_address, std::uint16_t>> address_and_port(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool is_v4 = colon == 8;
  if (!is_v4 && colon != 32) return std::nullopt;
  const auto number = [](std::string_view digits, auto& to) {
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, to, 16);
    return parsed.ec == std::errc{} && parsed.ptr == end;
  };
  std::array<std::uint32_t, 4> words{0, 0, htonl(0xffff), 0};
  for (std::size_t i = 0; i < colon / 8; ++i)
    if (!number(text.substr(i * 8, 8), words[is_v4 ? 3 : i])) return std::nullopt;
  std::pair<pw_address, std::uint16_t> result{};
  std::memcpy(&result.first, words.data(), sizeof(words));
  if (!number(text.substr(colon + 1), result.second)) return std::nullopt;
  return result;
}

bool is_v4(const pw_address& address) {
  return address.word[0] == 0 && (address.word[1] & 0xffffffffU) == 0xffff0000U;
}

}  // namespace

std::vector<TcpListener> read_tcp_listeners(std::istream& table, std::uint16_t port) {
  constexpr const char* kListens = "0A";
  std::vector<TcpListener> listeners;
  std::string line, number, local, remote, state, skipped;
  std::getline(table, line);  // what the columns are
  while (std::getline(table, line)) {
    std::istringstream words(line);
    if (!(words >> number >> local >> remote >> state) || state != kListens) break;
    const auto found = address_and_port(local);
    std::uint64_t socket = 0;
    for (int column = 0; column < 5; ++column) words >> skipped;
    words >> socket;
    if (found && found->second == port) listeners.push_back({found->first, socket});
  }
  return listeners;
}

Result<std::vector<TcpListener>> tcp_listeners(std::uint16_t port) {
  std::ifstream four("/proc/net/tcp"), six("/proc/net/tcp6");
  if (!four) return fail(fmt::format("cannot read /proc/net/tcp: {}", std::strerror(errno)));
  std::vector<TcpListener> listeners = read_tcp_listeners(four, port);
  for (const TcpListener& listener : read_tcp_listeners(six, port)) listeners.push_back(listener);
  return listeners;
}

const TcpListener* answering(const std::vector<TcpListener>& listeners, const pw_address& address) {
  const auto bound_to = [&](const pw_address& wanted) -> const TcpListener* {
    const auto found = std::find(listeners.begin(), listeners.end(), TcpListener{wanted, 0});
    return found == listeners.end() ? nullptr : &*found;
  };
  const TcpListener* found = bound_to(address);
  const pw_address any{}, any_v4{{0, 0xffff0000U}};
  if (found == nullptr && is_v4(address)) found = bound_to(any_v4);
  return found != nullptr ? found : bound_to(any);
}

std::optional<std::string> store_answering(const RuleSet& rules, const Endpoint& endpoint,
                                           const std::vector<TcpListener>& listeners) {
  const auto asked = address_from(endpoint.address);
  const TcpListener* here = asked ? answering(listeners, *asked) : nullptr;
  if (here == nullptr) return std::nullopt;
  for (const Store& store : rules.stores)
    for (const PortPattern& port : store.ports) {
      const auto named =
          port.port == endpoint.port && port.address ? address_from(*port.address) : std::nullopt;
      const TcpListener* there = named ? answering(listeners, *named) : nullptr;
      if (there != nullptr && *there == *here) return store.name;
    }
  return std::nullopt;
}

}  // namespace purposewatch
