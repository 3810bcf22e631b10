#include "exporters/http/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace purposewatch {
namespace {

bool is_port(std::string_view text) {
  const bool digits = !text.empty() && text.size() <= 5 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && std::stoi(std::string{text}) <= 65535;
}

tl::unexpected<Error> cannot_listen(std::string_view address, const char* why) {
  return fail("cannot listen on " + std::string{address} + ": " + why);
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::vector<const addrinfo*> in_order_of_preference(const addrinfo* list, bool any_address) {
  std::vector<const addrinfo*> order;
  for (; list != nullptr; list = list->ai_next) order.push_back(list);
  const int preferred = any_address ? AF_INET6 : AF_INET;
  std::stable_partition(order.begin(), order.end(),
                        [&](const addrinfo* a) { return a->ai_family == preferred; });
  return order;
}

// The bound descriptor, or -1 with errno.
int bind_and_listen(const addrinfo& address, bool any_address) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int yes = 1;
  const int v6_only = any_address ? 0 : 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (address.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  if (bind(fd, address.ai_addr, address.ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

std::string bound_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  std::array<char, 64> host{};
  std::array<char, 8> port{};
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, address, &length) != 0 ||
      getnameinfo(address, length, host.data(), host.size(), port.data(), port.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "";
  const std::string name = host.data();
  return (storage.ss_family == AF_INET6 ? "[" + name + "]" : name) + ":" + port.data();
}

}  // namespace

Result<HostAndPort> parse_listen_address(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos)
    return cannot_listen(address, "a port is missing, as in 127.0.0.1:9807");
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  if (!is_port(port)) return cannot_listen(address, "the port must be a number from 0 to 65535");
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.find_first_of("[]") != std::string_view::npos) return cannot_listen(address, "unmatched brackets");
  if (!bracketed && host.find(':') != std::string_view::npos)
    return cannot_listen(address, "an IPv6 address stands in brackets, as in [::1]:9807");
  return HostAndPort{std::string{host}, std::string{port}};
}

Result<ListenSocket> listen_on(std::string_view address) {
  const Result<HostAndPort> parsed = parse_listen_address(address);
  if (!parsed) return tl::make_unexpected(parsed.error());
  const bool any_address = parsed->host.empty();
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(any_address ? nullptr : parsed->host.c_str(), parsed->port.c_str(), &hints, &found);
  if (error != 0) return cannot_listen(address, gai_strerror(error));
  const AddressList list{found, &freeaddrinfo};
  for (const addrinfo* candidate : in_order_of_preference(found, any_address)) {
    const int fd = bind_and_listen(*candidate, any_address);
    if (fd >= 0) return ListenSocket{fd, bound_address(fd)};
    // A host without IPv6 is no reason to give up; an address in use is.
    if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) break;
  }
  return cannot_listen(address, std::strerror(errno));
}

}  // namespace purposewatch
