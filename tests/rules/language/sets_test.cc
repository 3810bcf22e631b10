// Named sets, and files that change what others define.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "rules/language/run_tests.h"
#include "tests/exporters/temp_dir.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// kHead ends with line 5.
const std::string kShipped =
    kHead +
    "stores:\n"
    "  mail: {class: mail, paths: '/m/{client}', except: /m/all}\n"
    "  queue: {class: mail, paths: /q}\n"
    "services:\n"
    "  imap: {exe: /imap, user: vmail}\n"
    "  exim: {exe: /exim}\n"
    "  hook: {exe: /hook, parent: [exim, imap]}\n"
    "permits:\n"
    "  - {service: [imap, exim], store: [mail, queue], access: read, purpose: serve}\n"
    "  - {service: exim, store: queue, access: write, purpose: serve, name: queueing}\n"
    "  - {service: hook, store: queue, access: list, purpose: serve}\n"
    "tests:\n"
    "  - {who: {exe: /imap, user: vmail}, access: read, path: /m/al/1, expect: permitted}\n"
    "  - {who: {exe: /exim}, access: write, path: /q/1, expect: permitted, service: exim}\n";

LoadedPolicy with(const std::string& local) {
  return check_policy({{"shipped.yaml", kShipped}, {"z.yaml", local}});
}

std::vector<std::string> said(const LoadedPolicy& loaded) {
  std::vector<std::string> lines;
  for (const Diagnostic& one : loaded.diagnostics) lines.push_back(to_string(one));
  return lines;
}

std::vector<std::string> permits_of(const RuleSet& rules) {
  std::vector<std::string> names;
  for (const Permit& permit : rules.permits) names.push_back(permit.name);
  return names;
}

TEST(Sets, StandForTheirListsWhereverAListMayStand) {
  const LoadedPolicy loaded =
      check_policy({{"a.yaml", kHead + "sets:\n"
                                       "  homes: ['/h/{client}', '/g/{client}']\n"
                                       "  looking: [read, list]\n"
                                       "  all: [$looking, write]\n"
                                       "  shell: /bin/dash\n"},
                    {"b.yaml",
                     "stores:\n"
                     "  home: {class: mail, paths: $homes}\n"
                     "services:\n"
                     "  s: {exe: [$shell, /bin/bash]}\n"
                     "permits:\n"
                     "  - {service: s, store: home, access: [$all, create], purpose: serve}\n"}});
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  EXPECT_THAT(said(loaded), IsEmpty());
  EXPECT_EQ(loaded.rules->stores.at(0).paths.size(), 2U);
  EXPECT_THAT(loaded.rules->services.at(0).exe, ElementsAre("/bin/dash", "/bin/bash"));
  EXPECT_EQ(loaded.rules->permits.at(0).access, mask_of(AccessKind::kRead) | mask_of(AccessKind::kList) |
                                                    mask_of(AccessKind::kWrite) |
                                                    mask_of(AccessKind::kCreate));
}

TEST(Sets, ThatAreWrongAreToldWhereTheyAreNamed) {
  EXPECT_THAT(
      said(check_policy({{"p.yaml", kHead + "sets:\n"
                                            "  one: [$two]\n"
                                            "  two: [$one, read]\n"
                                            "  Bad: [x]\n"
                                            "  none: []\n"
                                            "  deep: {a: b}\n"
                                            "stores: {m: {class: $onne, paths: /m}}\n"
                                            "services: {s: {exe: [/s, $paths]}}\n"
                                            "permits:\n"
                                            "  - {service: s, store: m, access: $one, purpose: $two}\n"}})),
      ElementsAre("p.yaml:8:9: error: set 'one' would contain itself",
                  "p.yaml:9:3: error: 'Bad' is not a name of a-z, 0-9 and '-'",
                  "p.yaml:10:9: error: 'none' must not be empty",
                  "p.yaml:11:9: error: 'deep' is one text or a list of texts, not a map",
                  "p.yaml:12:21: error: no set is called 'onne' (did you mean 'none'?)",
                  "p.yaml:13:26: error: no set is called 'paths'",
                  "p.yaml:15:51: error: '$two' is not a name of a-z, 0-9 and '-'",
                  "p.yaml:15:51: error: no purpose is called '$two'"));
  EXPECT_THAT(said(check_policy({{"p.yaml", kHead + "sets: {a: x}\n"}, {"q.yaml", "sets: {a: y}\n"}})),
              ElementsAre("q.yaml:1:8: error: set 'a' is defined twice; first at p.yaml:6:8"));
  EXPECT_THAT(said(check_policy({{"p.yaml", kHead + "sets: {a: x}\n"}})),
              ElementsAre("p.yaml:6:8: warning: nothing uses set 'a'"));
}

TEST(Sets, OfSetsCannotFillMemory) {
  std::string text = kHead + "sets:\n  s0: [/a, /b, /c, /d, /e, /f, /g, /h, /i, /j]\n";
  for (int i = 1; i < 20; ++i) {
    text += "  s" + std::to_string(i) + ": [";
    for (int j = 0; j < 10; ++j) text += (j ? ", $s" : "$s") + std::to_string(i - 1);
    text += "]\n";
  }
  const LoadedPolicy loaded = check_policy({{"p.yaml", text + "services: {s: {exe: $s19}}\n"}});
  EXPECT_FALSE(loaded.rules);
  EXPECT_THAT(said(loaded), testing::Contains(HasSubstr("sets stand for more than 100000 items")));
}

TEST(Overrides, ChangeTheKeysThatTheyName) {
  const LoadedPolicy loaded = with(
      "override:\n"
      "  stores: {mail: {paths: ['/srv/{client}', '/m/{client}']}}\n"
      "  services: {imap: {user: dovecot}}\n"
      "  purposes: {serve: {clause: P5}}\n"
      "  permits: {queueing: {access: [write, create]}}\n");
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  const Store& mail = loaded.rules->stores.at(0);
  EXPECT_EQ(mail.paths.size(), 2U);
  EXPECT_EQ(mail.except.size(), 1U) << "which nobody has changed";
  EXPECT_EQ(loaded.rules->services.at(0).user, "dovecot");
  EXPECT_THAT(loaded.rules->services.at(0).exe, ElementsAre("/imap"));
  EXPECT_EQ(loaded.rules->purposes.at(0).clause, "P5");
  const auto& permits = loaded.rules->permits;
  const auto queueing =
      std::find_if(permits.begin(), permits.end(), [](const Permit& one) { return one.name == "queueing"; });
  ASSERT_NE(queueing, permits.end());
  EXPECT_TRUE(queueing->access & mask_of(AccessKind::kCreate));
}

TEST(Overrides, RemoveWhatIsNotThereOnThisHost) {
  const LoadedPolicy loaded = with("override: {remove: {services: exim}}\n");
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  EXPECT_EQ(loaded.rules->services.size(), 2U);
  EXPECT_THAT(permits_of(*loaded.rules),
              ElementsAre("imap/mail/serve", "imap/queue/serve", "hook/queue/serve"));
  EXPECT_EQ(loaded.rules->tests.size(), 1U) << "the test that names it is gone";
  EXPECT_EQ(loaded.rules->services.at(1).parents, std::vector<std::size_t>{0});

  const LoadedPolicy without_store = with("override: {remove: {stores: [queue], tests: true}}\n");
  ASSERT_TRUE(without_store.rules) << to_string(without_store.diagnostics.at(0));
  EXPECT_THAT(permits_of(*without_store.rules), ElementsAre("imap/mail/serve", "exim/mail/serve"));
  EXPECT_THAT(without_store.rules->tests, IsEmpty());

  const LoadedPolicy without_permit = with("override: {remove: {permits: queueing}}\n");
  ASSERT_TRUE(without_permit.rules) << to_string(without_permit.diagnostics.at(0));
  EXPECT_EQ(without_permit.rules->permits.size(), 5U);
}

// A service that had to be started by something would be anybody's to start without it.
TEST(Overrides, DoNotTakeAwayTheLastParent) {
  EXPECT_THAT(said(with("override: {remove: {services: [exim, imap]}}\n")),
              testing::Contains("z.yaml:1:38: error: service 'hook' has to be started by 'imap', which is "
                                "removed: remove it, too"));
  EXPECT_TRUE(with("override: {remove: {services: [exim, imap, hook], stores: []}}\n").rules == nullptr);
  EXPECT_THAT(said(with("override: {remove: {services: [hook, exim, imap]}}\n")),
              testing::Not(testing::Contains(HasSubstr("has to be started"))));
}

TEST(Overrides, ThatAreWrongAreToldAtTheirPlace) {
  EXPECT_THAT(said(with("override:\n"
                        "  stores: {mial: {paths: /x}}\n"
                        "  permits: {queuing: {access: read}}\n"
                        "  services: {imap: {usr: x, unit: nodot}}\n"
                        "  tests: []\n"
                        "  remove: {services: [exmi], stores: $none}\n")),
              ElementsAre("z.yaml:2:12: error: no store is called 'mial' (did you mean 'mail'?)",
                          "z.yaml:3:13: error: no permit is called 'queuing' (did you mean 'queueing'?)",
                          "z.yaml:4:21: error: unknown key 'usr' in a service (did you mean 'user'?)",
                          "z.yaml:4:35: error: 'nodot' is not a systemd unit like dovecot.service",
                          "z.yaml:5:3: error: unknown key 'tests' in an override",
                          "z.yaml:6:23: error: no service is called 'exmi' (did you mean 'exim'?)",
                          "z.yaml:6:38: error: no set is called 'none'"));
  EXPECT_THAT(said(check_policy({{"shipped.yaml", kShipped},
                                 {"y.yaml", "override: {services: {imap: {user: a}}}\n"},
                                 {"z.yaml", "override: {services: {imap: {user: b}}}\n"}})),
              ElementsAre("z.yaml:1:30: error: 'user' is overridden twice; first at y.yaml:1:30"));
}

class Includes : public testing::Test {
 protected:
  std::vector<std::string> load(const std::string& file) {
    loaded_ = load_policy({dir_ / file});
    std::vector<std::string> lines;
    for (std::string line : said(loaded_)) {
      for (std::size_t at = line.find(dir_.path()); at != std::string::npos; at = line.find(dir_.path()))
        line.erase(at, dir_.path().size() + 1);
      lines.push_back(line);
    }
    return lines;
  }

  TempDir dir_;
  LoadedPolicy loaded_;
};

TEST_F(Includes, AreFilesAndDirectoriesRelativeToTheFile) {
  std::filesystem::create_directories(dir_ / "shipped/more");
  dir_.write("shipped/base.yaml", kShipped);
  dir_.write("shipped/more/1.yaml", "services: {one: {exe: /1}}\n");
  dir_.write("shipped/more/2.yaml", "services: {two: {exe: /2}}\ninclude: ../base.yaml\n");
  dir_.write("local.yaml",
             "include: [shipped/base.yaml, shipped/more]\n"
             "override: {remove: {services: [exim]}}\n"
             "permits: [{service: [one, two], store: mail, access: list, purpose: serve}]\n");
  EXPECT_THAT(load("local.yaml"), IsEmpty());
  ASSERT_TRUE(loaded_.rules);
  EXPECT_EQ(loaded_.rules->services.size(), 4U);
  EXPECT_EQ(loaded_.rules->identity.name, "t");
  const std::string digest = loaded_.rules->identity.digest;
  dir_.write("shipped/base.yaml", kShipped + "# changed\n");
  load("local.yaml");
  EXPECT_NE(loaded_.rules->identity.digest, digest) << "it is of all that was read";
}

TEST_F(Includes, MayGoInCirclesAndAreReadOnce) {
  dir_.write("a.yaml", kShipped + "include: b.yaml\n");
  dir_.write("b.yaml", "include: [a.yaml, ./b.yaml]\n");
  EXPECT_THAT(load("a.yaml"), IsEmpty());
}

TEST_F(Includes, ThatAreNotThereAreToldWhereTheyAreNamed) {
  dir_.write("a.yaml", kShipped + "include: [b.yaml, /dev/null]\n");
  EXPECT_THAT(load("a.yaml"),
              ElementsAre("a.yaml:20:11: error: 'b.yaml' cannot be read: No such file or directory",
                          "a.yaml:20:19: error: '/dev/null' not a regular file"));
  EXPECT_FALSE(loaded_.rules);
}

}  // namespace
}  // namespace purposewatch
