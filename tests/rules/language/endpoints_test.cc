// Sockets and ports of stores: what is read, and what of them may not be in two stores.
#include <gtest/gtest.h>

#include "rules/language/destination.h"
#include "rules/language/port_pattern.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

TEST(PortPattern, IsReadAsAddressAndPort) {
  struct EndpointCase {
    const char* text;
    std::optional<std::string> address;
    int port;
  };
  for (const EndpointCase& one :
       {EndpointCase{"tcp:127.0.0.1:3306", "127.0.0.1", 3306}, EndpointCase{"tcp:[::1]:1", "::1", 1},
        EndpointCase{"tcp:*:65535", std::nullopt, 65535},
        EndpointCase{"tcp:[::ffff:10.0.0.5]:5432", "10.0.0.5", 5432}}) {
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

TEST(Destination, IsReadAsHostNetworkOrSocket) {
  struct EndpointCase {
    const char* text;
    Destination::Kind kind;
    const char* name;
    int prefix;
    std::optional<std::uint16_t> port;
  };
  using Kind = Destination::Kind;
  for (const EndpointCase& one :
       {EndpointCase{"backup.example.net:22", Kind::kHost, "backup.example.net", 0, 22},
        EndpointCase{"Backup-2:*", Kind::kHost, "backup-2", 0, std::nullopt},
        EndpointCase{"192.0.2.9:443", Kind::kNetwork, "192.0.2.9", 32, 443},
        EndpointCase{"192.0.2.0/24:443", Kind::kNetwork, "192.0.2.0", 24, 443},
        EndpointCase{"0.0.0.0/0:25", Kind::kNetwork, "0.0.0.0", 0, 25},
        EndpointCase{"[2001:DB8::1]:22", Kind::kNetwork, "2001:db8::1", 128, 22},
        EndpointCase{"[2001:db8::/32]:*", Kind::kNetwork, "2001:db8::", 32, std::nullopt},
        EndpointCase{"[::/0]:25", Kind::kNetwork, "::", 0, 25},
        EndpointCase{"*:25", Kind::kAnyHost, "", 0, 25},
        EndpointCase{"*:*", Kind::kAnyHost, "", 0, std::nullopt},
        EndpointCase{"file:/srv/backup", Kind::kFiles, "/srv/backup", 0, std::nullopt},
        EndpointCase{"unix:/run/relay.sock", Kind::kSocket, "/run/relay.sock", 0, std::nullopt},
        EndpointCase{"unix:@relay", Kind::kSocket, "@relay", 0, std::nullopt}}) {
    const auto got = parse_destination(one.text, {});
    ASSERT_TRUE(got) << one.text << " " << got.error();
    EXPECT_EQ(got->kind, one.kind) << one.text;
    EXPECT_EQ(got->name, one.name);
    EXPECT_EQ(got->prefix, one.prefix) << one.text;
    EXPECT_EQ(got->port, one.port) << one.text;
    EXPECT_EQ(got->text, one.text);
  }
}

TEST(Destination, IsRefusedInWordsWhenItIsNone) {
  const auto said = [](const std::string& text) {
    const auto got = parse_destination(text, {});
    return got ? "fine" : got.error();
  };
  for (const char* text : {"", "backup.example.net", "[::1]", "[2001:db8::/32]"})
    EXPECT_EQ(said(text), "names no port: HOST:PORT, NETWORK:PORT, unix:PATH or file:PATH") << text;
  for (const char* text : {"backup:", "backup:0", "backup:65536", "backup:ssh", "192.0.2.1:-1", "backup:022"})
    EXPECT_EQ(said(text), "does not end in a port, 1 to 65535 or *") << text;
  for (const std::string& text :
       {std::string(":22"), std::string("a..b:22"), std::string("-a:22"), std::string("192.0.2.256:22"),
        std::string("192.0.2.0/33:22"), std::string("192.0.2.0/:22"), std::string("192.0.2.0/024:22"),
        std::string("[2001:db8::/129]:22"), std::string("2001:db8::1:22"), std::string("[2001:db8::]/32:22"),
        std::string("[192.0.2.1]:22"), std::string("a b:22"), std::string("a\0b:22", 6),
        std::string(64, 'a') + ":22", std::string("tcp:a:22")})
    EXPECT_EQ(said(text), "names no host: a name, an address, a network like 192.0.2.0/24 or [2001:db8::/32]")
        << text;
  EXPECT_EQ(said("192.0.2.9/24:22"), "has more of an address than its prefix counts: 192.0.2.0/24");
  EXPECT_EQ(said("[2001:db8::1/33]:22"), "has more of an address than its prefix counts: 2001:db8::/33");
  EXPECT_EQ(said("unix:relay.sock"), "names no absolute path, and no '@NAME' of a socket without a file");
  EXPECT_EQ(said("file:srv"), "names no absolute path");
  for (const char* text : {"file:/srv/", "file:/srv/../etc", "file://srv", "file:/srv/."})
    EXPECT_EQ(said(text), "is not a plain path (no '.', '..', doubled or trailing slash)") << text;
  EXPECT_EQ(said("unix:/" + std::string(107, 'x')), "is longer than a socket's path can be");
}

TEST(Egress, IsPartOfThePermit) {
  const std::string policy = kHead +
                             "stores:\n  mail: {class: mail, paths: /m}\n"
                             "services:\n  backup: {exe: /bin/backup}\n"
                             "permits:\n"
                             "- {service: backup, store: mail, access: read, purpose: serve, egress: ";
  const LoadedPolicy loaded =
      check_policy({{"p.yaml", policy + "['backup.example.net:22', '[::1]:873', 'unix:/s']}\n"}});
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  const Permit& permit = loaded.rules->permits.at(0);
  ASSERT_EQ(permit.egress.size(), 3U);
  EXPECT_EQ(permit.egress[0].name, "backup.example.net");
  EXPECT_TRUE(loaded.diagnostics.empty());

  const LoadedPolicy wrong = check_policy({{"p.yaml", policy + "backup.example.net}\n"}});
  ASSERT_FALSE(wrong.rules);
  EXPECT_EQ(wrong.diagnostics.at(0).message,
            "'backup.example.net' names no port: HOST:PORT, NETWORK:PORT, unix:PATH or file:PATH");
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

struct EndpointCase {
  const char* what;
  const char* stores;  // of the policy, from line 7
  std::vector<std::string> said;
};

TEST(StoreEndpoints, ThatAreWrongAreToldAtTheirPlace) {
  const std::vector<EndpointCase> cases = {
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
  for (const EndpointCase& one : cases)
    EXPECT_EQ(complaints(kHead + "stores:\n" + one.stores), one.said) << one.what;
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
