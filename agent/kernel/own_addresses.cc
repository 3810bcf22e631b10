#include "agent/kernel/own_addresses.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "agent/kernel/address.h"

namespace purposewatch {
namespace {

Descriptor watch_addresses() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) socket.reset();
  return socket;
}

}  // namespace

OwnAddresses::OwnAddresses(Sensor& sensor) : sensor_(sensor), changes_(watch_addresses()) {}

Result<void> OwnAddresses::refresh() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0)
    return fail(fmt::format("cannot list this host's addresses: {}", std::strerror(errno)));
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, &freeifaddrs);
  std::set<Words> now;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next)
    if (const auto address = address_from(one->ifa_addr)) now.emplace(address->word[0], address->word[1]);

  const int map = sensor_.map("own_addresses");
  const auto key = [](const Words& words) { return pw_address{{words.first, words.second}}; };
  for (auto entry = known_.begin(); entry != known_.end();) {
    const pw_address address = key(*entry);
    if (now.count(*entry) == 0) {
      (void)bpf_map_delete_elem(map, &address);
      entry = known_.erase(entry);
    } else {
      ++entry;
    }
  }
  for (const Words& words : now) {
    if (known_.count(words) != 0) continue;
    const pw_address address = key(words);
    const __u32 is_there = 1;
    if (bpf_map_update_elem(map, &address, &is_there, BPF_ANY) != 0)
      return fail(fmt::format("cannot fill the kernel table own_addresses: {}", std::strerror(errno)));
    known_.insert(words);
  }
  return {};
}

void OwnAddresses::drain() const {
  char bytes[8192];
  while (recv(changes_.get(), bytes, sizeof(bytes), 0) > 0 || errno == ENOBUFS) {
    if (errno == ENOBUFS) errno = 0;  // some were lost: the next refresh sees all there is
  }
}

}  // namespace purposewatch
