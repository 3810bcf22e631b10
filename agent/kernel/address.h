// Internet addresses as the kernel's tables have them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>

#include "bpf/abi.h"

namespace purposewatch {

// From text, or a socket's name. Nothing for what is neither IPv4 nor IPv6.
std::optional<pw_address> address_from(const std::string& text);
std::optional<pw_address> address_from(const sockaddr* name);

// As normal_address (rules/base/address.h) writes it.
std::string to_string(const pw_address& address);

// Port 9 of 127.0.0.1, where hardly anybody listens.
sockaddr_in loopback_discard();
// False in a network namespace whose loopback is down. Sends nothing.
bool reaches_loopback();

}  // namespace purposewatch
