// A network of one's own: nothing of the machine's can be reached from there, and nothing there from outside.
#pragma once

namespace purposewatch::testing {

// Addresses that the host of the kernel tests has besides those that loop back: of documentation's networks.
inline constexpr const char* kHostAddress = "192.0.2.7";
inline constexpr const char* kHostAddress6 = "2001:db8::7";

// Puts the calling process into a new network namespace, whose loopback is up. False with errno.
bool enter_own_network();
// Gives the namespace the addresses above. False with errno.
bool take_host_addresses();
// Gives it one of IPv4. The rest of that address's class is then at home there, too (a route of the
// kernel's).
bool take_address(const char* address);

}  // namespace purposewatch::testing
