#include "agent/kernel/tcp_listeners.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <sstream>

#include "agent/kernel/address.h"
#include "rules/base/descriptor.h"
#include "rules/language/port_pattern.h"

namespace purposewatch {
namespace {

TcpListener listening_at(const std::string& address) {
  return {*address_from(address)};
}

std::string answer(const std::vector<TcpListener>& listeners, const std::string& address) {
  const TcpListener* one = answering(listeners, *address_from(address));
  return one == nullptr ? "nobody" : to_string(one->address);
}

TEST(TcpListeners, ThatAreBoundToTheAddressAnswerBeforeThoseOfAll) {
  const std::vector<TcpListener> all = {listening_at("0.0.0.0"), listening_at("127.0.0.2"),
                                        listening_at("::"), listening_at("::1")};
  EXPECT_EQ(answer(all, "127.0.0.1"), "0.0.0.0");
  EXPECT_EQ(answer(all, "127.0.0.2"), "127.0.0.2");
  EXPECT_EQ(answer(all, "2001:db8::7"), "::");
  EXPECT_EQ(answer(all, "::1"), "::1");
  EXPECT_EQ(answer({listening_at("127.0.0.2")}, "127.0.0.1"), "nobody");
  EXPECT_EQ(answer({}, "127.0.0.1"), "nobody");
}

TEST(TcpListeners, OfIpv6AnswerForIpv4WhereNobodyElseDoes) {
  EXPECT_EQ(answer({listening_at("::")}, "192.0.2.1"), "::");
  EXPECT_EQ(answer({listening_at("::"), listening_at("0.0.0.0")}, "192.0.2.1"), "0.0.0.0");
  EXPECT_EQ(answer({listening_at("0.0.0.0")}, "2001:db8::7"), "nobody");
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
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {listening_at("0.0.0.0")}), "cards");
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {listening_at("0.0.0.0"), listening_at("192.0.2.1")}),
            std::nullopt);
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {listening_at("0.0.0.0"), listening_at("127.0.0.1")}),
            std::nullopt);
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5432}, {}), std::nullopt);
  EXPECT_EQ(store_answering(rules, {"192.0.2.1", 5433}, {listening_at("0.0.0.0")}), std::nullopt);
  EXPECT_EQ(store_answering(rules, {"2001:db8::7", 5432}, {listening_at("::")}), "cards")
      << "of both families";
}

TEST(TcpListeners, AreReadAsFarAsTheyListen) {
  std::istringstream table(
      "  sl  local_address rem_address   st tx_queue rx_queue\n"
      "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000\n"
      "   1: 00000000:1538 00000000:0000 0A 00000000:00000000\n"
      "   2: nonsense:1538 00000000:0000 0A 00000000:00000000\n"
      "   3: 0200007F:1539 00000000:0000 0A 00000000:00000000\n"
      "   4: 0300007F:1538 0100007F:C001 01 00000000:00000000\n");
  EXPECT_EQ(read_tcp_listeners(table, 5432),
            (std::vector<TcpListener>{listening_at("127.0.0.1"), listening_at("0.0.0.0")}));
  std::istringstream six(
      "  sl  local_address                         remote_address                        st\n"
      "   0: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A\n"
      "   1: 0000000000000000FFFF00000100007F:1538 00000000000000000000000000000000:0000 0A\n");
  EXPECT_EQ(read_tcp_listeners(six, 5432),
            (std::vector<TcpListener>{listening_at("::1"), listening_at("127.0.0.1")}));
  std::istringstream nothing("");
  EXPECT_TRUE(read_tcp_listeners(nothing, 5432).empty());
}

TEST(TcpListeners, AreThoseOfTheKernel) {
  const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name = loopback_discard();
  name.sin_port = 0;
  socklen_t length = sizeof(name);
  auto* address = reinterpret_cast<sockaddr*>(&name);
  ASSERT_EQ(bind(listener.get(), address, length), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  ASSERT_EQ(getsockname(listener.get(), address, &length), 0);
  const auto found = tcp_listeners(ntohs(name.sin_port));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, std::vector<TcpListener>{listening_at("127.0.0.1")});
}

}  // namespace
}  // namespace purposewatch
