// Every way a policy can be wrong, with the place where its author finds it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

struct ErrorCase {
  const char* what;
  const char* yaml;  // follows kHead, so it begins in line 6
  std::vector<std::string> said;
};

// Stores m and c, service s; lines 6 and 7.
#define BASE                                                             \
  "stores: {m: {class: mail, paths: /m}, c: {class: card, paths: /c}}\n" \
  "services: {s: {exe: /s}}\n"

const std::vector<ErrorCase>& cases() {
  static const std::vector<ErrorCase> all = {
      {"unknown section",
       "store: {}\n",
       {"p.yaml:6:1: error: unknown key 'store' in a policy file (did you mean 'stores'?)"}},
      {"unknown key",
       "services: {s: {exec: /s, owner: true}}\n",
       {"p.yaml:6:16: error: unknown key 'exec' in a service (did you mean 'exe'?)"}},
      {"unknown key far from any",
       "services: {s: {zzzzzz: /s, owner: true}}\n",
       {"p.yaml:6:16: error: unknown key 'zzzzzz' in a service"}},
      {"missing keys",
       "stores:\n  m: {}\n",
       {"p.yaml:7:3: error: a store needs 'class'",
        "p.yaml:7:3: error: a store needs 'paths', 'sockets' or 'ports'"}},
      {"list for a map", "stores: []\n", {"p.yaml:6:9: error: 'stores' is a map of names, not a list"}},
      {"map for a list", "permits: {}\n", {"p.yaml:6:10: error: 'permits' is a list, not a map"}},
      {"nothing", "stores:\n", {"p.yaml:6:1: error: 'stores' is a map of names, not nothing"}},
      {"list for a text",
       "services: {s: {user: [a]}}\n",
       {"p.yaml:6:22: error: 'user' is one text, not a list"}},
      {"map among texts",
       "services: {s: {exe: [{a: b}], user: u}}\n",
       {"p.yaml:6:22: error: 'exe' holds texts, not a map"}},
      {"empty required list",
       "stores: {m: {class: mail, paths: []}}\n",
       {"p.yaml:6:34: error: 'paths' must not be empty"}},
      {"name",
       "services: {Imap_1: {owner: true}}\n",
       {"p.yaml:6:12: error: 'Imap_1' is not a name of a-z, 0-9 and '-'"}},
      {"clause",
       "classes2: 1\n",
       {"p.yaml:6:1: error: unknown key 'classes2' in a policy file (did you mean 'classes'?)"}},
      {"relative path",
       "stores: {m: {class: mail, paths: m}}\n",
       {"p.yaml:6:34: error: 'm' is not an absolute path"}},
      {"dots in a path",
       "stores: {m: {class: mail, paths: [/a/../b, /./a]}}\n",
       {"p.yaml:6:35: error: '/a/../b' contains '..'", "p.yaml:6:44: error: '/./a' contains '.'"}},
      {"empty component",
       "stores: {m: {class: mail, paths: [/a//b, /b/]}}\n",
       {"p.yaml:6:35: error: '/a//b' has an empty component (a doubled or trailing slash)",
        "p.yaml:6:42: error: '/b/' has an empty component (a doubled or trailing slash)"}},
      {"whole file system",
       "stores: {m: {class: mail, paths: /}}\n",
       {"p.yaml:6:34: error: '/' is the whole file system"}},
      {"capture twice",
       "stores: {m: {class: mail, paths: '/{a}/{a}'}}\n",
       {"p.yaml:6:34: error: '/{a}/{a}' captures {a} twice"}},
      {"capture in part",
       "stores: {m: {class: mail, paths: '/x{a}'}}\n",
       {"p.yaml:6:34: error: '/x{a}' has 'x{a}'; a capture is a whole component like {client}"}},
      {"two stars",
       "stores: {m: {class: mail, paths: '/a/**'}}\n",
       {"p.yaml:6:34: error: '/a/**' contains '**'; a pattern covers everything beneath it anyway"}},
      {"newline in a path",
       "stores: {m: {class: mail, paths: \"/a\\nb\"}}\n",
       {"p.yaml:6:34: error: '/a\\x0ab' contains a control character"}},
      {"program by pattern",
       "services: {s: {exe: /usr/bin/*}}\n",
       {"p.yaml:6:21: error: '/usr/bin/*' is a pattern; a program is one file"}},
      {"service that is anybody",
       "services: {s: {}}\n",
       {"p.yaml:6:12: error: service 's' would be anybody; it needs exe, user, group, unit or owner"}},
      {"unit",
       "services: {s: {unit: dovecot}}\n",
       {"p.yaml:6:22: error: 'dovecot' is not a systemd unit like dovecot.service"}},
      {"unknown class of a store",
       "stores: {m: {class: mial, paths: /m}}\n",
       {"p.yaml:6:21: error: no class is called 'mial' (did you mean 'mail'?)"}},
      {"class twice",
       "stores: {m: {class: [mail, mail], paths: /m}}\n",
       {"p.yaml:6:28: error: class 'mail' is listed twice"}},
      {"unknown references",
       BASE "permits:\n  - {service: x, store: y, access: read, purpose: z}\n",
       {"p.yaml:9:15: error: no service is called 'x' (did you mean 's'?)",
        "p.yaml:9:25: error: no store is called 'y' (did you mean 'm'?)",
        "p.yaml:9:51: error: no purpose is called 'z'"}},
      {"kind of access",
       BASE "permits:\n  - {service: s, store: m, access: [reed], purpose: serve}\n",
       {"p.yaml:9:37: error: 'reed' is not a kind of access (did you mean 'read'?)"}},
      {"class against the purpose",
       BASE "permits:\n  - {service: s, store: [m, c], access: read, purpose: serve}\n",
       {"p.yaml:9:29: error: purpose 'serve' may not touch class 'card' of store 'c'"}},
      {"purpose by grant only",
       BASE "permits:\n  - {service: s, store: m, access: read, purpose: warrant}\n",
       {"p.yaml:9:51: error: purpose 'warrant' requires a grant: no standing permit can use it"}},
      {"two permits for one thing",
       BASE "permits:\n  - {service: s, store: m, access: [read, list], purpose: serve}\n"
            "  - {service: s, store: m, access: read, purpose: serve, name: again}\n",
       {"p.yaml:10:5: error: service 's' may already read in store 'm', by the permit at p.yaml:9:5"}},
      {"listed twice",
       BASE "permits:\n  - {service: [s, s], store: m, access: [read, read], purpose: serve}\n",
       {"p.yaml:9:19: error: 's' is listed twice", "p.yaml:9:48: error: 'read' is listed twice"}},
      {"overlap",
       "stores:\n  a: {class: mail, paths: /srv}\n  b: {class: mail, paths: ['/x', '/srv/*/b']}\n",
       {"p.yaml:8:34: error: '/srv/*/b' overlaps '/srv' of store 'a' (p.yaml:7:27) (the outer store can "
        "except the "
        "inner one's paths)"}},
      {"overlap that an exception does not cover",
       "stores:\n  a: {class: mail, paths: /srv, except: [/srv/x/b]}\n  b: {class: mail, paths: "
       "'/srv/*/b'}\n",
       {"p.yaml:8:27: error: '/srv/*/b' overlaps '/srv' of store 'a' (p.yaml:7:27) (the outer store can "
        "except the "
        "inner one's paths)"}},
      {"two captures for one path",
       "stores: {a: {class: mail, paths: ['/h/{client}/m', '/h/{user}/m']}}\n",
       {"p.yaml:6:52: error: '/h/{user}/m' overlaps '/h/{client}/m' (p.yaml:6:35) and captures differently: "
        "whose data "
        "would it be?"}},
      {"exception beside the store",
       "stores: {a: {class: mail, paths: /a, except: /b}}\n",
       {"p.yaml:6:46: error: '/b' removes nothing: it meets no path of the store"}},
      {"exception of everything",
       "stores: {a: {class: mail, paths: /a/b, except: /a}}\n",
       {"p.yaml:6:48: error: '/a' removes a path of the store wholly"}},
      {"safeguard of another name",
       "safeguards: {swap-encripted: {}}\n",
       {"p.yaml:6:14: error: unknown key 'swap-encripted' in what safeguards hold (did you mean "
        "'swap-encrypted'?)"}},
      {"safeguard with another's key",
       "safeguards: {swap-encrypted: {stores: all}, backup-fresh: {within: 1d}}\n",
       {"p.yaml:6:31: error: unknown key 'stores' in safeguard swap-encrypted",
        "p.yaml:6:45: error: safeguard backup-fresh needs 'files'"}},
      {"safeguard of stores that are not there",
       "safeguards: {store-space: {stores: [all, q], free: 100%}}\n",
       {"p.yaml:6:37: error: 'all' stands alone", "p.yaml:6:42: error: no store is called 'q'",
        "p.yaml:6:52: error: '100%' is not a share like 10%"}},
      {"second head",
       "policy2: {}\n",
       {"p.yaml:6:1: error: unknown key 'policy2' in a policy file (did you mean 'policy'?)"}},
      {"test references",
       BASE "tests:\n  - {who: {exe: /s}, access: read, path: /m/../c, expect: permitted, store: q, service: "
            "qq, reason: no-permit}\n",
       {"p.yaml:9:42: error: '/m/../c' is not a plain path (no '.', '..', doubled or trailing slash)",
        "p.yaml:9:77: error: no store is called 'q' (did you mean 'm'?)",
        "p.yaml:9:89: error: no service is called 'qq'",
        "p.yaml:9:101: error: only a flagged access has a reason"}},
      {"a test of nothing, and of two things",
       BASE "tests:\n  - {who: {exe: /s}, access: read, expect: flagged}\n"
            "  - {who: {exe: /s}, access: read, path: /m, port: \"tcp:*:80\", expect: flagged}\n"
            "  - {who: {exe: /s}, access: connect, port: \"tcp:localhost:80\", expect: flagged}\n",
       {"p.yaml:9:5: error: a test needs 'path', 'port' or 'to'",
        "p.yaml:10:52: error: 'tcp:*:80' is a pattern; a test connects to one address",
        "p.yaml:10:52: error: a test has a path or a port, not both",
        "p.yaml:10:52: error: only a connect leads to a port",
        "p.yaml:11:45: error: 'tcp:localhost:80' names no address: an IPv4 address, [an IPv6 address] or *"}},
      {"a test of data that goes nowhere, or to many places",
       BASE "tests:\n  - {who: {exe: /s}, path: /m, expect: flagged}\n"
            "  - {who: {exe: /s}, access: read, to: \"a:1\", expect: flagged}\n"
            "  - {who: {exe: /s}, store: m, to: \"192.0.2.0/24:1\", expect: flagged}\n"
            "  - {who: {exe: /s}, store: m, to: \"a:*\", expect: flagged}\n"
            "  - {who: {exe: /s}, store: m, to: \"*:1\", expect: flagged}\n"
            "  - {who: {exe: /s}, store: m, to: \"unix:/a*\", expect: flagged}\n"
            "  - {who: {exe: /s}, store: m, to: a, expect: flagged}\n",
       {"p.yaml:9:5: error: a test says an access, or where data goes: 'to'",
        "p.yaml:10:30: error: of data that goes somewhere, a test says the store and 'to'",
        "p.yaml:10:40: error: a test says of which store the data is that goes there",
        "p.yaml:11:36: error: '192.0.2.0/24:1' is a pattern; a test goes to one place",
        "p.yaml:12:36: error: 'a:*' is a pattern; a test goes to one place",
        "p.yaml:13:36: error: '*:1' is a pattern; a test goes to one place",
        "p.yaml:14:36: error: 'unix:/a*' is a pattern; a test goes to one place",
        "p.yaml:15:36: error: 'a' names no port: HOST:PORT, NETWORK:PORT, unix:PATH or file:PATH"}},
      {"a destination that is none, and a duration",
       "disclosure: {egress: a, fades-after: soon}\n",
       {"p.yaml:6:22: error: 'a' names no port: HOST:PORT, NETWORK:PORT, unix:PATH or file:PATH",
        "p.yaml:6:38: error: 'soon' is not a duration like 30d, 12h, 15m or 20s"}},
      {"expecting more of nothing",
       BASE "tests:\n  - {who: {exe: /s}, access: read, path: /x, expect: no-store, store: m}\n",
       {"p.yaml:9:71: error: an access to no store has nothing more to expect"}},
  };
  return all;
}

TEST(PolicyErrors, EachIsToldAtItsPlaceAndNothingElse) {
  for (const ErrorCase& one : cases()) EXPECT_EQ(complaints(kHead + one.yaml), one.said) << one.what;
}

TEST(PolicyErrors, AllAreToldAtOnceInTheOrderOfTheFile) {
  const auto said = complaints(
      "policy: {name: T, version: 1, review-by: 2026-02-30}\nstores: 3\nclasses: {m: {clause: P9}}\n");
  EXPECT_EQ(said, (std::vector<std::string>{"p.yaml:1:16: error: 'T' is not a name of a-z, 0-9 and '-'",
                                            "p.yaml:1:42: error: '2026-02-30' is not a date like 2027-06-30",
                                            "p.yaml:2:9: error: 'stores' is a map of names, not '3'",
                                            "p.yaml:3:23: error: 'P9' is not a clause, P1 to P8"}));
}

TEST(PolicyErrors, AnAlertTellsNothingOrSomething) {
  const std::string head = "policy: {name: t, version: 1, privacy: {alerts: ";
  EXPECT_EQ(complaints(head + "[person, nothing]}}\n"),
            (std::vector<std::string>{"p.yaml:1:58: error: 'nothing' stands alone"}));
  EXPECT_EQ(complaints(head + "persons}}\n").size(), 1U);
}

TEST(PolicyErrors, LongComponentsAndDeepPatternsAreRefused) {
  const std::string store = kHead + "stores: {m: {class: mail, paths: ";
  const std::string name(256, 'n');
  EXPECT_EQ(complaints(store + "/" + name.substr(1) + "}}\n").size(), 1U);  // only "no permit names it"
  EXPECT_NE(complaints(store + "/" + name + "}}\n").at(0).find("longer than 255 bytes"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 33; ++i) deep += "/d";
  EXPECT_NE(complaints(store + deep + "}}\n").at(0).find("more than 32 components"), std::string::npos);
  EXPECT_NE(complaints(store + deep.substr(2) + "}}\n").at(0).find("warning"), std::string::npos);
}

TEST(PolicyErrors, MoreServicesThanTheKernelCanNumberAreRefused) {
  std::string services = kHead + "services:\n";
  for (int i = 0; i < 65001; ++i) services += " s" + std::to_string(i) + ": {exe: /s}\n";
  const std::vector<std::string> said = complaints(services);
  EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const std::string& one) {
    return one.find("error: more than 65000 services in one policy") != std::string::npos;
  }));
}

TEST(PolicyErrors, NestedStoresAreFineWhenTheOuterOneExceptsTheInner) {
  const LoadedPolicy loaded = check_policy(
      {{"p.yaml", kHead + "stores:\n  a: {class: mail, paths: '/srv/{client}', except: '/srv/*/logs'}\n"
                          "  b: {class: mail, paths: '/srv/{client}/logs'}\n"}});
  EXPECT_TRUE(loaded.rules);
}

TEST(PolicyErrors, AcrossFilesNamesBothPlaces) {
  const LoadedPolicy loaded =
      check_policy({{"a.yaml", kHead + "services: {s: {exe: /s}}\n"},
                    {"b.yaml", "policy: {name: t, version: 2}\nservices: {s: {exe: /t}}\n"}});
  ASSERT_EQ(loaded.diagnostics.size(), 2U);
  EXPECT_EQ(to_string(loaded.diagnostics[0]),
            "b.yaml:1:9: error: a second 'policy' section; first at a.yaml:1:9");
  EXPECT_EQ(to_string(loaded.diagnostics[1]),
            "b.yaml:2:12: error: service 's' is defined twice; first at a.yaml:6:12");
}

TEST(PolicyErrors, AnUnreadableFileIsNotBlamedForReferencesOfOthers) {
  const LoadedPolicy loaded = check_policy(
      {{"a.yaml", kHead + "permits:\n  - {service: s, store: m, access: read, purpose: serve}\n"},
       {"b.yaml", "["}});
  ASSERT_EQ(loaded.diagnostics.size(), 1U);
  EXPECT_EQ(loaded.diagnostics[0].at.file, "b.yaml");
}

TEST(PolicyWarnings, TellOfServicesAndStoresThatNoPermitUses) {
  EXPECT_EQ(complaints(kHead + BASE "permits:\n  - {service: s, store: m, access: read, purpose: serve}\n"),
            (std::vector<std::string>{
                "p.yaml:6:39: warning: no permit names store 'c': every access to it is flagged"}));
  EXPECT_EQ(complaints(kHead + "stores: {o: {class: open, paths: [/o, /o/p]}}\nservices: {s: {exe: /s}}\n"),
            (std::vector<std::string>{"p.yaml:6:39: warning: '/o/p' adds nothing to '/o' (p.yaml:6:35)",
                                      "p.yaml:7:12: warning: no permit uses service 's'"}));
}

}  // namespace
}  // namespace purposewatch
