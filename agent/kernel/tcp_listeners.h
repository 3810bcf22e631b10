// Which socket answers at an address: a server that listens at all of them answers at those, too, that no
// policy names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "rules/base/result.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct TcpListener {
  pw_address
      address{};  // that it is bound to; IPv4 as in pw_address; 0.0.0.0 and ::, each: all of its family
  bool is_v6_only = false;
  bool operator==(const TcpListener& other) const {
    return address.word[0] == other.address.word[0] && address.word[1] == other.address.word[1];
  }
};

// Those of a port, in this network namespace, by sock_diag(7).
Result<std::vector<TcpListener>> tcp_listeners(std::uint16_t port);

// The one that the kernel gives a connection to; of those that share an address and port, any. Null: none.
const TcpListener* answering(const std::vector<TcpListener>& listeners, const pw_address& address);

// The store one of whose ports, at an address that the policy names, is answered by whoever answers at this
// endpoint; nothing: none's. `listeners`: of the endpoint's port.
std::optional<std::string> store_answering(const RuleSet& rules, const Endpoint& endpoint,
                                           const std::vector<TcpListener>& listeners);

}  // namespace purposewatch
