// Who connects to a store's TCP ports. The tests have a network of their own (own_network.h), which is the
// host's here.
#include <cstdio>

#include "agent/kernel/io_uring.h"
#include "tests/kernel/connect_verbs.h"
#include "tests/kernel/own_network.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

const std::string kAny = "0.0.0.0:3306", kAny6 = "[::]:3306";

std::string at(const std::string& address, int port = 3306) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

class TcpConnects : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    client_ = copy_of_actor("client");
  }

  // Store "db" at port 3306 of any address, store "cards" at 5432 of one of them, and at an address
  // elsewhere.
  std::string policy() const {
    return R"(
policy: {name: test, version: "1"}
classes: {mail: {clause: P2}}
purposes: {serve: {clause: P4, classes: [mail]}}
stores:
  db: {class: [mail], ports: ["tcp:*:3306"]}
  cards: {class: [mail], ports: ["tcp:127.0.0.1:5432"]}
services:
  client: {exe: [")" +
           path("client") + R"("]}
  owner: {owner: true}
permits:
  - {service: client, store: [db, cards], access: [connect], purpose: serve}
  - {service: owner, store: db, access: [connect], purpose: serve}
)";
  }

  void expect_told(const std::string& store, const std::string& address, int port) {
    const Finding told = finding();
    EXPECT_EQ(told.access.kind, AccessKind::kConnect);
    EXPECT_EQ(told.verdict.store, store);
    ASSERT_TRUE(told.access.endpoint);
    EXPECT_EQ(told.access.endpoint->address, address);
    EXPECT_EQ(told.access.endpoint->port, port);
    EXPECT_TRUE(told.access.path.empty());
    EXPECT_EQ(told.subject->executable, actor());
  }

  std::string client_;
};

TEST_F(TcpConnects, ByEveryAddressOfTheHostAreToldAndSilentWhenPermitted) {
  const Listener listener(kAny6);  // of both families
  ASSERT_TRUE(listener.is_open());
  watch(policy());
  std::uint64_t permitted_so_far = 0;
  for (const auto& [target, shown] : std::vector<std::pair<std::string, std::string>>{
           {"127.0.0.1", "127.0.0.1"},
           {"127.1.2.3", "127.1.2.3"},
           {"0.0.0.0", "127.0.0.1"},
           {kHostAddress, kHostAddress},
           {"::1", "::1"},
           {"::", "::1"},
           {kHostAddress6, kHostAddress6},
           {std::string("::ffff:") + kHostAddress, kHostAddress}}) {
    SCOPED_TRACE(target);
    act({"connect", at(target)});
    expect_told("db", shown, 3306);
    const std::uint64_t before = seen();
    act(client_, {"connect", at(target)});
    EXPECT_TRUE(findings().empty());
    EXPECT_EQ(permitted("client", "connect"), ++permitted_so_far);
    EXPECT_EQ(seen(), before) << "the kernel itself decides what is permitted";
  }
}

TEST_F(TcpConnects, BetweenTwoAddressesOfTheHostAreTold) {
  const Listener listener(kAny);
  watch(policy());
  act({"connect-from", "127.0.0.1", at(kHostAddress)});
  expect_told("db", kHostAddress, 3306);
}

TEST_F(TcpConnects, ByEveryCallAreTheCallers) {
  const Listener listener(kAny);
  watch(policy());
  std::vector<std::string> verbs = {"connect", "fastopen"};
  if (IoUring::is_allowed()) verbs.insert(verbs.end(), {"connect-ring", "connect-ring-async"});
  for (const std::string& verb : verbs) {
    SCOPED_TRACE(verb);
    act({"name", "disguised", verb, at("127.0.0.1")});
    const Finding told = finding();
    EXPECT_EQ(told.verdict.store, "db");
    EXPECT_EQ(told.subject->executable, actor());
    EXPECT_EQ(told.subject->name, "disguised");
    act(client_, {verb, at("127.0.0.1")});
    EXPECT_TRUE(findings().empty());
  }
  EXPECT_EQ(permitted("client", "connect"), verbs.size());
}

// The policy names one address of it.
TEST_F(TcpConnects, ToAnotherAddressOfTheSameSocketAreToldToo) {
  watch(policy());
  for (const std::string listens_at : {"0.0.0.0:5432", "[::]:5432"}) {
    SCOPED_TRACE(listens_at);
    const Listener listener(listens_at);
    ASSERT_TRUE(listener.is_open());
    for (const char* address : {"127.0.0.1", "127.0.0.2", kHostAddress}) {
      act({"connect", at(address, 5432)});
      expect_told("cards", address, 5432);
    }
    const std::uint64_t before = permitted("client", "connect");
    act(client_, {"connect", at("127.0.0.1", 5432), "connect", at(kHostAddress, 5432)});
    EXPECT_TRUE(findings().empty());
    EXPECT_EQ(permitted("client", "connect") - before, 2U);
  }
  const Listener of_both_families("[::]:5432");
  act({"connect", at(kHostAddress6, 5432)});
  expect_told("cards", kHostAddress6, 5432);
}

TEST_F(TcpConnects, ToAnotherSocketAtTheSamePortAreSilent) {
  watch(policy());
  const Listener stores("127.0.0.1:5432"), other(at(kHostAddress, 5432));
  ASSERT_TRUE(stores.is_open() && other.is_open());
  act({"connect", at(kHostAddress, 5432), "refused", at("127.0.0.2", 5432)});
  EXPECT_TRUE(findings().empty());
  act({"connect", at("127.0.0.1", 5432)});
  expect_told("cards", "127.0.0.1", 5432);
}

TEST_F(TcpConnects, ThatNobodyAnswersAreToldSinceTheyWereAskedFor) {
  watch(policy());
  act({"refused", at("127.0.0.1")});
  expect_told("db", "127.0.0.1", 3306);
}

TEST_F(TcpConnects, ToOtherPortsOrWithinAnotherNetworkAreSilent) {
  const Listener listener("0.0.0.0:3307");
  watch(policy());
  act({"connect", at("127.0.0.1", 3307)});
  act({"own-network", "serve", at("127.0.0.1"), "connect"});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(seen(), 0U);
}

// As from a container, whose own network leads there.
TEST_F(TcpConnects, FromAnotherNetworkToTheHostsAddressAreTold) {
  watch(policy());
  const std::vector<std::string> words = {"own-network", "take-address", "192.0.2.9", "refused",
                                          at(kHostAddress)};
  act(words);
  expect_told("db", kHostAddress, 3306);
  act(client_, words);
  EXPECT_TRUE(findings().empty());
}

TEST_F(TcpConnects, AreOwnedByNobody) {
  const Listener listener(kAny);
  watch(policy());
  act({"uid", "20001", "connect", at("127.0.0.1")});
  EXPECT_EQ(finding().verdict.reason, Reason::kNotOwner);
  EXPECT_EQ(permitted("owner", "connect"), 0U);
}

}  // namespace
}  // namespace purposewatch::testing
