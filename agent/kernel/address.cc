#include "agent/kernel/address.h"

#include <arpa/inet.h>

#include <cstring>

#include "rules/base/address.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

pw_address address_of(const in6_addr& six) {
  pw_address address{};
  static_assert(sizeof(address) == sizeof(six));
  std::memcpy(&address, &six, sizeof(address));
  return address;
}

pw_address address_of(const in_addr& four) {
  in6_addr six{};
  six.s6_addr[10] = six.s6_addr[11] = 0xff;
  std::memcpy(&six.s6_addr[12], &four, sizeof(four));
  return address_of(six);
}

}  // namespace

std::optional<pw_address> address_from(const std::string& text) {
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return address_of(four);
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) == 1) return address_of(six);
  return std::nullopt;
}

std::optional<pw_address> address_from(const sockaddr* name) {
  if (name == nullptr) return std::nullopt;
  if (name->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, name, sizeof(four));
    return address_of(four.sin_addr);
  }
  if (name->sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, name, sizeof(six));
    return address_of(six.sin6_addr);
  }
  return std::nullopt;
}

std::string to_string(const pw_address& address) {
  return address_text(AF_INET6, &address);
}

sockaddr_in loopback_discard() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(9);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

// Of datagrams, to connect only looks for a route.
bool reaches_loopback() {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in name = loopback_discard();
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0;
}

}  // namespace purposewatch
