#include "tests/kernel/own_network.h"

#include <arpa/inet.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cstring>

#include "rules/base/descriptor.h"

namespace purposewatch::testing {
namespace {

ifreq request_of(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  return request;
}

bool bring_up(const Descriptor& socket, const char* interface) {
  ifreq request = request_of(interface);
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return false;
  request.ifr_flags |= IFF_UP;
  return ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

bool enter_own_network() {
  if (unshare(CLONE_NEWNET) != 0) return false;
  return bring_up(Descriptor(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), "lo");
}

bool take_address(const char* address) {
  const Descriptor four(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_of("lo:1");
  sockaddr_in name{};
  name.sin_family = AF_INET;
  inet_pton(AF_INET, address, &name.sin_addr);
  std::memcpy(&request.ifr_addr, &name, sizeof(name));
  return ioctl(four.get(), SIOCSIFADDR, &request) == 0;
}

bool take_host_addresses() {
  if (!take_address(kHostAddress)) return false;
  const Descriptor six(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  in6_ifreq request6{};
  inet_pton(AF_INET6, kHostAddress6, &request6.ifr6_addr);
  request6.ifr6_prefixlen = 128;
  request6.ifr6_ifindex = static_cast<int>(if_nametoindex("lo"));
  return ioctl(six.get(), SIOCSIFADDR, &request6) == 0;
}

}  // namespace purposewatch::testing
