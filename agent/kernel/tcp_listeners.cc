#include "agent/kernel/tcp_listeners.h"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "agent/kernel/address.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

constexpr unsigned kListens = 10;  // TCP_LISTEN of the kernel

bool ask(const Descriptor& socket, int family) {
  struct {
    nlmsghdr head{};
    inet_diag_req_v2 body{};
  } request;
  request.head.nlmsg_len = sizeof(request);
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = static_cast<__u8>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1U << kListens;
  return send(socket.get(), &request, sizeof(request), 0) == sizeof(request);
}

bool is_v6_only(std::span<const std::byte> attributes) {
  while (attributes.size() >= sizeof(nlattr)) {
    nlattr attribute{};
    std::memcpy(&attribute, attributes.data(), sizeof(attribute));
    if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > attributes.size()) return false;
    if (attribute.nla_type == INET_DIAG_SKV6ONLY && attribute.nla_len > sizeof(attribute))
      return attributes[sizeof(attribute)] != std::byte{0};
    attributes = attributes.subspan(std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), attributes.size()));
  }
  return false;
}

std::optional<TcpListener> listener_from(std::span<const std::byte> body, std::uint16_t port) {
  inet_diag_msg message{};
  if (body.size() < sizeof(message)) return std::nullopt;
  std::memcpy(&message, body.data(), sizeof(message));
  if (ntohs(message.id.idiag_sport) != port) return std::nullopt;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  std::memcpy(&four.sin_addr, message.id.idiag_src, sizeof(four.sin_addr));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  std::memcpy(&six.sin6_addr, message.id.idiag_src, sizeof(six.sin6_addr));
  const bool is_v4 = message.idiag_family == AF_INET;
  const auto address = address_from(is_v4 ? reinterpret_cast<const sockaddr*>(&four)
                                          : reinterpret_cast<const sockaddr*>(&six));
  return TcpListener{*address, !is_v4 && is_v6_only(body.subspan(NLMSG_ALIGN(sizeof(message))))};
}

// Takes what one call received; true when there is more to come. An error number, or 0, in `error`.
bool take(std::span<const std::byte> bytes, std::uint16_t port, std::vector<TcpListener>& listeners,
          int& error) {
  while (bytes.size() >= NLMSG_HDRLEN) {
    nlmsghdr head{};
    std::memcpy(&head, bytes.data(), sizeof(head));
    if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > bytes.size()) break;
    if (head.nlmsg_type == NLMSG_DONE) return false;
    const auto body = bytes.subspan(NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
    if (head.nlmsg_type == NLMSG_ERROR) {
      nlmsgerr refusal{};
      std::memcpy(&refusal, body.data(), std::min(sizeof(refusal), body.size()));
      error = refusal.error == 0 ? EPROTO : -refusal.error;
      return false;
    }
    if (const auto listener = listener_from(body, port)) listeners.push_back(*listener);
    bytes = bytes.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), bytes.size()));
  }
  return true;
}

bool is_v4(const pw_address& address) {
  return address.word[0] == 0 && (address.word[1] & 0xffffffffU) == 0xffff0000U;
}

}  // namespace

Result<std::vector<TcpListener>> tcp_listeners(std::uint16_t port) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  std::vector<TcpListener> listeners;
  for (const int family : {AF_INET, AF_INET6}) {
    int error = ask(socket, family) ? 0 : errno;
    alignas(nlmsghdr) std::byte bytes[16384];
    for (bool goes_on = error == 0; goes_on;) {
      const ssize_t length = recv(socket.get(), bytes, sizeof(bytes), 0);
      if (length < 0 && errno == EINTR) continue;
      if (length <= 0) error = length < 0 ? errno : EPROTO;
      goes_on = error == 0 && take({bytes, static_cast<std::size_t>(length)}, port, listeners, error);
    }
    // Without IPv6, there is nobody to ask.
    if (error != 0 && !(family == AF_INET6 && error == ENOENT))
      return fail(fmt::format("cannot list who listens: {}", std::strerror(error)));
  }
  return listeners;
}

const TcpListener* answering(const std::vector<TcpListener>& listeners, const pw_address& address) {
  const auto bound_to = [&](const pw_address& wanted, bool to_v4) -> const TcpListener* {
    const auto found = std::find_if(listeners.begin(), listeners.end(), [&](const TcpListener& one) {
      return one == TcpListener{wanted} && !(to_v4 && one.is_v6_only);
    });
    return found == listeners.end() ? nullptr : &*found;
  };
  if (const auto* exact = bound_to(address, false)) return exact;
  const pw_address any{}, any_v4{{0, 0xffff0000U}};
  if (!is_v4(address)) return bound_to(any, false);
  const auto* of_v4 = bound_to(any_v4, false);
  return of_v4 != nullptr ? of_v4 : bound_to(any, true);
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
