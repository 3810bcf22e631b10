// Listening TCP sockets from addresses as Prometheus users write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/base/result.h"

namespace purposewatch {

struct HostAndPort {
  std::string host;  // empty: every address
  std::string port;
};

// "127.0.0.1:9807", "[::1]:9807", "localhost:9807", ":9807".
Result<HostAndPort> parse_listen_address(std::string_view address);

struct ListenSocket {
  int fd = -1;  // non-blocking, owned by whoever takes it
  std::string
      address;  // what it is bound to: "127.0.0.1:9807", "[::]:9807"; a port of 0 has become a real one
};

// ":PORT" listens on IPv6 and IPv4, or on IPv4 where the host has no IPv6. Names prefer IPv4.
Result<ListenSocket> listen_on(std::string_view address);

}  // namespace purposewatch
