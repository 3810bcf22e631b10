// Sockets and ports of stores: what is read, and what of them may not be in two stores.
#include <gtest/gtest.h>

#include "rules/language/port_pattern.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

TEST(PortPattern, IsReadAsAddressAndPort) {
  struct Case {
    const char* text;
    std::optional<std::string> address;
    int port;
  };
  for (const Case& one :
       {Case{"tcp:127.0.0.1:3306", "127.0.0.1", 3306}, Case{"tcp:[::1]:1", "::1", 1},
        Case{"tcp:*:65535", std::nullopt, 65535}, Case{"tcp:[::ffff:10.0.0.5]:5432", "10.0.0.5", 5432}}) {
    const auto got = parse_port_pattern(one.text, {});
    ASSERT_TRUE(got) << one.text << " " << got.error();
    EXPECT_EQ(got->address, one.address);
    EXPECT_EQ(got->port, one.port);
    EXPECT_EQ(got->text, one.text);
  }
}

TEST(PortPattern, IsRefusedInWordsWhenItIsNone) {
  const auto said = [](const char* text) {
    const auto got = parse_port_pattern(text, {});
    return got ? "fine" : got.error();
  };
  EXPECT_EQ(said("udp:127.0.0.1:53"), "does not begin with 'tcp:'");
  EXPECT_EQ(said("tcp:3306"), "names no port");
  for (const char* text : {"tcp:127.0.0.1:0", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:", "tcp:*:033",
                           "tcp:*:+1", "tcp:*:99999999999999999999", "tcp:[::1]", "tcp:*:http"})
    EXPECT_EQ(said(text), "does not end in a port, 1 to 65535") << text;
  for (const char* text :
       {"tcp:localhost:3306", "tcp:::1:3306", "tcp::3306", "tcp:[]:3306", "tcp:[127.0.0.1]:3306",
        "tcp:127.0.0.1.:3306", "tcp:[fe80::1%eth0]:3306", "tcp:[*]:1", "tcp:**:1"})
    EXPECT_EQ(said(text), "names no address: an IPv4 address, [an IPv6 address] or *") << text;
  for (const char* text : {"tcp:0.0.0.0:3306", "tcp:[::]:3306", "tcp:[::ffff:0.0.0.0]:3306"})
    EXPECT_EQ(said(text), "names no address that anybody connects to; any address of this host is *") << text;
}

TEST(StoreEndpoints, BecomePartOfTheStore) {
  const LoadedPolicy loaded = check_policy(
      {{"p.yaml", kHead + "stores:\n"
                          "  db: {class: mail, sockets: [/run/db.sock, '/run/app/{client}'], "
                          "ports: [\"tcp:*:3306\", \"tcp:[::1]:33060\"], except: /run/app/*/public}\n"
                          "  remote: {class: mail, ports: \"tcp:192.0.2.1:5432\"}\n"}});
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  const Store& db = loaded.rules->stores.at(0);
  EXPECT_TRUE(db.paths.empty());
  ASSERT_EQ(db.sockets.size(), 2U);
  EXPECT_EQ(db.sockets[1].components, pattern("/run/app/{client}").components);
  ASSERT_EQ(db.ports.size(), 2U);
  EXPECT_EQ(db.ports[0].address, std::nullopt);
  EXPECT_EQ(db.ports[1].port, 33060);
  EXPECT_EQ(loaded.rules->stores.at(1).ports.at(0).address, "192.0.2.1");
}

TEST(StoreEndpoints, ChangeTheDigest) {
  const auto digest = [](const std::string& port) {
    return check_policy({{"p.yaml", kHead + "stores: {m: {class: mail, ports: \"" + port + "\"}}\n"}})
        .rules->identity.digest;
  };
  EXPECT_NE(digest("tcp:*:3306"), digest("tcp:*:3307"));
}

struct Case {
  const char* what;
  const char* stores;  // of the policy, from line 7
  std::vector<std::string> said;
};

TEST(StoreEndpoints, ThatAreWrongAreToldAtTheirPlace) {
  const std::vector<Case> cases = {
      {"nothing at all",
       "  a: {class: mail}\n",
       {"p.yaml:7:3: error: a store needs 'paths', 'sockets' or 'ports'"}},
      {"no port by its beginning",
       "  a: {class: mail, ports: \"127.0.0.1:3306\"}\n",
       {"p.yaml:7:27: error: '127.0.0.1:3306' is not a port like tcp:127.0.0.1:3306, tcp:[::1]:3306 or "
        "tcp:*:3306"}},
      {"no port by its end",
       "  a: {class: mail, ports: [\"tcp:*:3306\", \"tcp:*:0\"]}\n",
       {"p.yaml:7:42: error: 'tcp:*:0' does not end in a port, 1 to 65535"}},
      {"socket",
       "  a: {class: mail, sockets: [run/x, /run/../x]}\n",
       {"p.yaml:7:30: error: 'run/x' is not an absolute path",
        "p.yaml:7:37: error: '/run/../x' contains '..'"}},
      {"one socket in two stores",
       "  a: {class: mail, sockets: '/run/*/s'}\n  b: {class: mail, sockets: [/run/x/s]}\n",
       {"p.yaml:8:30: error: '/run/x/s' overlaps '/run/*/s' of store 'a' (p.yaml:7:29) (the outer store can "
        "except "
        "the inner one's paths)"}},
      {"whose socket it is",
       "  a: {class: mail, sockets: ['/run/{client}/s', '/run/{user}/s']}\n",
       {"p.yaml:7:49: error: '/run/{user}/s' overlaps '/run/{client}/s' (p.yaml:7:30) and captures "
        "differently: "
        "whose data would it be?"}},
      {"one port in two stores, however it is written",
       "  a: {class: mail, ports: \"tcp:[::0001]:80\"}\n  b: {class: mail, ports: \"tcp:[::1]:80\"}\n",
       {"p.yaml:8:27: error: 'tcp:[::1]:80' overlaps 'tcp:[::0001]:80' of store 'a' (p.yaml:7:27)"}},
      {"any address, after one",
       "  a: {class: mail, ports: \"tcp:192.0.2.1:80\"}\n"
       "  b: {class: mail, ports: [\"tcp:192.0.2.2:80\", \"tcp:*:80\"]}\n",
       {"p.yaml:8:48: error: 'tcp:*:80' overlaps 'tcp:192.0.2.1:80' of store 'a' (p.yaml:7:27)"}},
      {"one, after any address",
       "  a: {class: mail, ports: \"tcp:*:80\"}\n  b: {class: mail, ports: \"tcp:192.0.2.2:80\"}\n",
       {"p.yaml:8:27: error: 'tcp:192.0.2.2:80' overlaps 'tcp:*:80' of store 'a' (p.yaml:7:27)"}},
      {"exception that meets neither path nor socket",
       "  a: {class: mail, sockets: /run/a, except: /run/b}\n",
       {"p.yaml:7:45: error: '/run/b' removes nothing: it meets no path of the store"}},
  };
  for (const Case& one : cases) EXPECT_EQ(complaints(kHead + "stores:\n" + one.stores), one.said) << one.what;
}

TEST(StoreEndpoints, ThatAddNothingAreToldAsAWarning) {
  EXPECT_EQ(complaints(kHead +
                       "stores: {o: {class: open, ports: [\"tcp:*:80\", \"tcp:127.0.0.1:80\", \"tcp:*:81\"], "
                       "sockets: [/run/o, /run/o/p]}}\n"),
            (std::vector<std::string>{
                "p.yaml:6:47: warning: 'tcp:127.0.0.1:80' adds nothing to 'tcp:*:80' (p.yaml:6:35)",
                "p.yaml:6:98: warning: '/run/o/p' adds nothing to '/run/o' (p.yaml:6:90)"}));
}

TEST(StoreEndpoints, AreNoPathsSoASocketMayLieInAnotherStore) {
  EXPECT_TRUE(check_policy({{"p.yaml", kHead + "stores:\n  files: {class: mail, paths: /var/lib/db}\n"
                                               "  db: {class: mail, sockets: /var/lib/db/db.sock}\n"}})
                  .rules);
}

}  // namespace
}  // namespace purposewatch
