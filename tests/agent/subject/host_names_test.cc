#include "agent/subject/host_names.h"

#include <gtest/gtest.h>

#include <atomic>

namespace purposewatch {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatience = 20s;  // a deadline: nothing here takes that long

TEST(ResolvedHosts, AreKnownWhenTheyAreFollowed) {
  ResolvedHosts hosts([](const std::string& name) { return std::set<std::string>{"of " + name}; });
  EXPECT_TRUE(hosts.current()->empty());
  hosts.follow({"a", "b"}, kPatience);
  EXPECT_EQ(*hosts.current(), (HostNames{{"a", {"of a"}}, {"b", {"of b"}}}));
  hosts.follow({"b"}, kPatience);
  EXPECT_EQ(*hosts.current(), (HostNames{{"b", {"of b"}}})) << "the policy names no other any more";
}

TEST(ResolvedHosts, WhoseAddressesChangeKeepTheEarlierOnesForAnHour) {
  std::atomic<int> answers = 0;
  ResolvedHosts hosts([&](const std::string&) { return std::set<std::string>{std::to_string(answers)}; });
  hosts.follow({"a"}, kPatience);
  const auto start = std::chrono::steady_clock::now();
  answers = 1;
  hosts.look(start + 30min);
  EXPECT_EQ(hosts.current()->at("a"), (std::set<std::string>{"0", "1"}));
  hosts.look(start + ResolvedHosts::kKeep + 1min);
  EXPECT_EQ(hosts.current()->at("a"), (std::set<std::string>{"1"}));
}

TEST(ResolvedHosts, ThatNobodyKnowsStandForNothing) {
  ResolvedHosts hosts([](const std::string&) { return std::set<std::string>(); });
  hosts.follow({"a"}, kPatience);
  EXPECT_EQ(*hosts.current(), HostNames()) << "not even for an empty set";
}

TEST(ResolvedHosts, ArePatientNoLongerThanTheyAreAsked) {
  std::atomic<bool> may_answer = false;
  ResolvedHosts hosts([&](const std::string&) {
    may_answer.wait(false);
    return std::set<std::string>{"late"};
  });
  hosts.follow({"a"}, 1ms);
  EXPECT_TRUE(hosts.current()->empty());
  may_answer = true;
  may_answer.notify_all();
}

TEST(ResolveHost, KnowsAddressesAndTheLoopback) {
  EXPECT_EQ(resolve_host("192.0.2.1"), std::set<std::string>{"192.0.2.1"});
  EXPECT_EQ(resolve_host("2001:DB8::1"), std::set<std::string>{"2001:db8::1"});
  EXPECT_TRUE(resolve_host("no such name.invalid").empty());
}

TEST(EgressHosts, AreThoseOfThePolicyAndItsPermits) {
  RuleSet rules;
  const auto to = [](Destination::Kind kind, const std::string& name) {
    Destination destination;
    destination.kind = kind;
    destination.name = name;
    return destination;
  };
  rules.egress = {to(Destination::Kind::kHost, "a.example"), to(Destination::Kind::kAnyHost, "")};
  rules.permits.resize(1);
  rules.permits[0].egress = {to(Destination::Kind::kHost, "b.example"),
                             to(Destination::Kind::kNetwork, "192.0.2.0")};
  EXPECT_EQ(egress_hosts(rules), (std::set<std::string>{"a.example", "b.example"}));
}

}  // namespace
}  // namespace purposewatch
