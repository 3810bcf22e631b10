#include "agent/kernel/tcp_listeners.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "agent/kernel/address.h"
#include "rules/base/descriptor.h"
#include "rules/language/port_pattern.h"

namespace purposewatch {
namespace {

TcpListener at(const std::string& address, bool is_v6_only = false) {
  return {*address_from(address), is_v6_only};
}

std::string answer(const std::vector<TcpListener>& listeners, const std::string& address) {
  const TcpListener* one = answering(listeners, *address_from(address));
  return one == nullptr ? "nobody" : to_string(one->address);
}

TEST(TcpListeners, ThatAreBoundToTheAddressAnswerBeforeThoseOfAll) {
  const std::vector<TcpListener> all = {at("0.0.0.0"), at("127.0.0.2"), at("::"), at("::1")};
  EXPECT_EQ(answer(all, "127.0.0.1"), "0.0.0.0");
  EXPECT_EQ(answer(all, "127.0.0.2"), "127.0.0.2");
  EXPECT_EQ(answer(all, "2001:db8::7"), "::");
  EXPECT_EQ(answer(all, "::1"), "::1");
  EXPECT_EQ(answer({at("127.0.0.2")}, "127.0.0.1"), "nobody");
  EXPECT_EQ(answer({}, "127.0.0.1"), "nobody");
}

TEST(TcpListeners, OfIpv6AnswerForIpv4WhereTheyMayAndNobodyElseDoes) {
  EXPECT_EQ(answer({at("::")}, "192.0.2.1"), "::");
  EXPECT_EQ(answer({at("::", true)}, "192.0.2.1"), "nobody");
  EXPECT_EQ(answer({at("::"), at("0.0.0.0")}, "192.0.2.1"), "0.0.0.0");
  EXPECT_EQ(answer({at("0.0.0.0")}, "2001:db8::7"), "nobody");
}

RuleSet rules_of(const std::string& store, const std::string& port) {
  RuleSet rules;
  rules.stores.resize(1);
  rules.stores[0].name = store;
  rules.stores[0].ports.push_back(*parse_port_pattern(port, {}));
  return rules;
}

TEST(TcpListeners, MakeAPortTheStoresAtEveryAddressWhereItsSocketAnswers) {
  const RuleSet rules = rules_of("cards", "tcp:127.0.0.1:5432");
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {at("0.0.0.0")}), "cards");
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {at("0.0.0.0"), at("192.0.2.1")}), std::nullopt);
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {at("0.0.0.0"), at("127.0.0.1")}), std::nullopt);
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {}), std::nullopt);
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5433}, {at("0.0.0.0")}), std::nullopt);
  EXPECT_EQ(store_answering(rules, {"2001:db8::7", 5432}, {at("::")}), "cards") << "of both families";
}

Descriptor listen_at(const std::string& text, int family, std::uint16_t& port) {
  Descriptor listener(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int no = 0;
  if (family == AF_INET6) setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
  sockaddr_in6 six{};
  sockaddr_in four{};
  six.sin6_family = AF_INET6;
  four.sin_family = AF_INET;
  const pw_address address = *address_from(text);
  std::memcpy(&six.sin6_addr, &address, sizeof(address));
  std::memcpy(&four.sin_addr, reinterpret_cast<const char*>(&address) + 12, sizeof(four.sin_addr));
  const bool is_v4 = family == AF_INET;
  const auto* name = is_v4 ? reinterpret_cast<sockaddr*>(&four) : reinterpret_cast<sockaddr*>(&six);
  socklen_t length = is_v4 ? sizeof(four) : sizeof(six);
  if (bind(listener.get(), name, length) != 0 || listen(listener.get(), 1) != 0) return {};
  length = sizeof(six);
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&six), &length) != 0) return {};
  port = ntohs(six.sin6_port);  // which stands where IPv4 has it
  return listener;
}

// As they are bound, so does the kernel list them.
TEST(TcpListeners, AreThoseOfTheKernel) {
  struct Case {
    const char* address;
    int family;
    const char* shown;
    bool is_v6_only;  // the kernel makes it so where one address of IPv6 is bound
  };
  for (const Case& one :
       {Case{"127.0.0.1", AF_INET, "127.0.0.1", false}, Case{"127.0.0.1", AF_INET6, "127.0.0.1", false},
        Case{"::1", AF_INET6, "::1", true}}) {
    std::uint16_t port = 0;
    const Descriptor listener = listen_at(one.address, one.family, port);
    if (!listener && one.family == AF_INET6) GTEST_SKIP() << "no IPv6 here";
    ASSERT_TRUE(listener);
    const auto found = tcp_listeners(port);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(to_string(found->front().address), one.shown);
    EXPECT_EQ(found->front().is_v6_only, one.is_v6_only);
  }
}

}  // namespace
}  // namespace purposewatch
