#include "agent/subject/host_names.h"

#include <linux/capability.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "rules/base/address.h"

namespace purposewatch {
namespace {

std::string address_in(const sockaddr& address) {
  const void* bytes = address.sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return address_text(address.sa_family, bytes);
}

// Of the calling thread, which speaks with whoever answers: it may have begun before the process gave its own
// up.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  (void)syscall(SYS_capset, &header, none);  // fewer are always allowed
}

}  // namespace

std::set<std::string> resolve_host(const std::string& name) {
  addrinfo hints{}, *first = nullptr;
  hints.ai_socktype = SOCK_STREAM;  // each address once
  std::set<std::string> addresses;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &first) != 0) return addresses;
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next)
    if (one->ai_family == AF_INET || one->ai_family == AF_INET6) addresses.insert(address_in(*one->ai_addr));
  freeaddrinfo(first);
  addresses.erase("");
  return addresses;
}

std::set<std::string> egress_hosts(const RuleSet& rules) {
  std::set<std::string> hosts;
  const auto take = [&](const std::vector<Destination>& egress) {
    for (const Destination& one : egress)
      if (one.kind == Destination::Kind::kHost) hosts.insert(one.name);
  };
  take(rules.egress);
  for (const Permit& permit : rules.permits) take(permit.egress);
  return hosts;
}

ResolvedHosts::ResolvedHosts(Resolve resolve)
    : resolve_(std::move(resolve)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

// A question that is being asked ends by itself: resolv.conf(5) bounds it.
ResolvedHosts::~ResolvedHosts() = default;

void ResolvedHosts::follow(std::set<std::string> names, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  names_ = std::move(names);
  const std::uint64_t mine = ++wanted_;
  changed_.notify_all();
  if (!names_.empty()) changed_.wait_for(lock, patience, [&] { return known_ >= mine; });
}

std::shared_ptr<const HostNames> ResolvedHosts::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void ResolvedHosts::look(std::chrono::steady_clock::time_point now) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = wanted_;
  const std::set<std::string> names = names_;
  lock.unlock();
  std::map<std::string, std::set<std::string>> answers;
  for (const std::string& name : names) answers[name] = resolve_(name);
  lock.lock();
  std::erase_if(seen_, [&](const auto& entry) { return !names.contains(entry.first); });
  HostNames next;
  for (const auto& [name, addresses] : answers) {
    auto& seen = seen_[name];
    for (const std::string& address : addresses) seen[address] = now;
    std::erase_if(seen, [&](const auto& entry) { return now - entry.second > kKeep; });
    for (const auto& [address, when] : seen) next[name].insert(address);
  }
  current_ = std::make_shared<const HostNames>(std::move(next));
  known_ = wanted;
  changed_.notify_all();
}

void ResolvedHosts::run(const std::stop_token& stop) {
  drop_capabilities();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!names_.empty() || known_ != wanted_) {
      lock.unlock();
      look(std::chrono::steady_clock::now());
      lock.lock();
    }
    const std::uint64_t known = known_;
    if (names_.empty())
      changed_.wait(lock, stop, [&] { return wanted_ != known; });
    else
      changed_.wait_for(lock, stop, kRefresh, [&] { return wanted_ != known; });
  }
}

}  // namespace purposewatch
