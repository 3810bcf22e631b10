// Which socket answers at an address: a server that listens at all of them answers at those, too, that no
// policy names.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "rules/base/result.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct TcpListener {
  pw_address address{};      // that it is bound to; 0.0.0.0 and ::, each: all of its family
  std::uint64_t socket = 0;  // its inode's number
  bool operator==(const TcpListener& other) const {
    return address.word[0] == other.address.word[0] && address.word[1] == other.address.word[1];
  }
};

// Those of a port, in this network namespace.
Result<std::vector<TcpListener>> tcp_listeners(std::uint16_t port);
// The same from the text of /proc/net/tcp or tcp6 (proc(5)), where those that listen come first: the rest is
// not read.
std::vector<TcpListener> read_tcp_listeners(std::istream& table, std::uint16_t port);

// The one that the kernel gives a connection to; of those that share an address and port, any. Null: none.
// Whether one of IPv6 takes IPv4 as well is not known: it is taken to, where nobody else does.
const TcpListener* answering(const std::vector<TcpListener>& listeners, const pw_address& address);

// The store one of whose ports, at an address that the policy names, is answered by whoever answers at this
// endpoint; nothing: none's. `listeners`: of the endpoint's port.
std::optional<std::string> store_answering(const RuleSet& rules, const Endpoint& endpoint,
                                           const std::vector<TcpListener>& listeners);

}  // namespace purposewatch
