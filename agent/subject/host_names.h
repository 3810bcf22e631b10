// The addresses that the host names in `egress:` stand for, kept fresh beside the data line.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "rules/egress.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

// Addresses (normal, rules/base/address.h) of a name; empty when it has none, or nobody answers.
std::set<std::string> resolve_host(const std::string& name);

std::set<std::string> egress_hosts(const RuleSet& rules);

// Thread-safe. A name that is not known yet stands for nothing: what goes there is flagged.
class ResolvedHosts {
 public:
  using Resolve = std::function<std::set<std::string>(const std::string&)>;
  static constexpr std::chrono::seconds kRefresh{30};
  // Of a name whose addresses change with each answer, as long as a connection may have learnt them before.
  static constexpr std::chrono::seconds kKeep{3600};

  explicit ResolvedHosts(Resolve resolve = resolve_host);
  ~ResolvedHosts();

  // Those to know from now on. Returns when they are, or after `patience`.
  void follow(std::set<std::string> names, std::chrono::milliseconds patience);

  std::shared_ptr<const HostNames> current() const;

  // Asks for each name once, as of this moment of a steady clock. For tests; else the thread does it.
  void look(std::chrono::steady_clock::time_point now);

 private:
  void run(const std::stop_token& stop);

  Resolve resolve_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t wanted_ = 0, known_ = 0;  // how often names were given, and which of these are resolved
  std::set<std::string> names_;
  std::map<std::string, std::map<std::string, std::chrono::steady_clock::time_point>> seen_;  // when last
  std::shared_ptr<const HostNames> current_ = std::make_shared<HostNames>();
  std::jthread thread_;  // last: it uses the others
};

}  // namespace purposewatch
