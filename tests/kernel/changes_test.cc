// Changing and losing data: names, attributes and lengths, each in its own kind of access.
#include <sys/stat.h>

#include "tests/kernel/changes.h"

namespace purposewatch::testing {
namespace {

struct Change {
  const char* verb;
  AccessKind kind;
};

class EachChange : public ChangesInTheKernel, public ::testing::WithParamInterface<Change> {};

TEST_P(EachChange, IsItsOwnKindAndSilentWhenPermitted) {
  const std::string imap = copy_of_actor("imap"), verb = GetParam().verb;
  make_directory("vmail/example.org/alice/empty");
  watch_changes();
  if (IsSkipped()) return;
  for (const std::string& program : {actor(), imap}) {
    std::string target = make_file("vmail/example.org/alice/1");
    if (verb == "rmdir") target = make_directory("vmail/example.org/alice/empty");
    if (verb == "mkdir1" || verb == "mkfifo" || verb == "symlink") {
      target = mail("new-" + verb);
      std::filesystem::remove(target);
    }
    if (verb == "removexattr") (void)try_to_act(imap, {"setxattr", target});
    const std::uint64_t before = permitted("imap", std::string(name_of(GetParam().kind)));
    if (try_to_act(program, {verb, target}) != 0) GTEST_SKIP() << "this file system knows no " << verb;
    if (program == imap) {
      EXPECT_TRUE(findings().empty());
      EXPECT_EQ(permitted("imap", std::string(name_of(GetParam().kind))), before + 1);
    } else {
      const Finding one = finding();
      EXPECT_EQ(told(one), std::string(name_of(GetParam().kind)) + " " + target);
      EXPECT_EQ(one.verdict.store, "mail");
      EXPECT_EQ(one.verdict.client, "alice");
      EXPECT_EQ(one.subject->executable, actor());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    ChangesInTheKernel, EachChange,
    ::testing::Values(Change{"unlink", AccessKind::kDelete}, Change{"rmdir", AccessKind::kDelete},
                      Change{"mkdir1", AccessKind::kCreate}, Change{"mkfifo", AccessKind::kCreate},
                      Change{"symlink", AccessKind::kCreate}, Change{"truncate", AccessKind::kWrite},
                      Change{"chmod", AccessKind::kAttr}, Change{"chown", AccessKind::kAttr},
                      Change{"utimes", AccessKind::kAttr}, Change{"setxattr", AccessKind::kAttr},
                      Change{"removexattr", AccessKind::kAttr}),
    [](const auto& change) { return std::string(change.param.verb); });

TEST_F(ChangesInTheKernel, OutsideTheStoresTheyAreNotSeen) {
  const std::string file = make_file("outside/1"), imap = copy_of_actor("imap");
  make_directory("vmail/example.org/alice");
  watch_changes();
  if (IsSkipped()) return;
  act({"chmod", file, "link", file, path("outside/2"), "rename", path("outside/2"), path("outside/3"),
       "unlink", path("outside/3"), "mkdir1", path("outside/d"), "rename", path("outside/d"),
       path("outside/e"), "rmdir", path("outside/e")});
  EXPECT_TRUE(findings().empty());
}

TEST_F(ChangesInTheKernel, ARefusedChangeIsNoAccess) {
  const std::string file = make_file("vmail/example.org/alice/1");
  watch_changes();
  if (IsSkipped()) return;
  EXPECT_NE(try_to_act(actor(), {"uid", "65534", "unlink", file}), 0);
  EXPECT_NE(try_to_act(actor(), {"uid", "65534", "rename", file, path("stolen")}), 0);
  EXPECT_NE(try_to_act(actor(), {"uid", "65534", "chmod", file}), 0);
  EXPECT_TRUE(findings().empty());
}

TEST_F(ChangesInTheKernel, ARenameWithinAClientIsOneAccessWithBothNames) {
  const std::string file = make_file("vmail/example.org/alice/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", file, mail("2")});
  const Finding one = finding();
  EXPECT_EQ(told(one), "rename " + file);
  EXPECT_EQ(one.access.other_path, mail("2"));
}

TEST_F(ChangesInTheKernel, AnAtomicSaveRenamesAndReplaces) {
  const std::string file = make_file("vmail/example.org/alice/1"),
                    fresh = make_file("vmail/example.org/alice/1.tmp");
  const std::string imap = copy_of_actor("imap");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", fresh, file});
  const std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(told(all[0]), "write " + file);
  EXPECT_EQ(told(all[1]), "rename " + fresh);
  make_file("vmail/example.org/alice/1.tmp");
  act(imap, {"rename", fresh, file});
  EXPECT_TRUE(findings().empty());
}

TEST_F(ChangesInTheKernel, WhatIsMovedToAnotherClientIsAnAccessToBoth) {
  const std::string file = make_file("vmail/example.org/alice/1");
  make_directory("vmail/example.org/bob");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", file, path("vmail/example.org/bob/1")});
  const std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].verdict.client, "bob");
  EXPECT_EQ(all[0].access.other_path, file);
  EXPECT_EQ(all[1].verdict.client, "alice");
  EXPECT_EQ(all[1].access.other_path, path("vmail/example.org/bob/1"));
  act({"read", path("vmail/example.org/bob/1")});
  EXPECT_EQ(finding().verdict.client, "bob") << "it is what its name says";
}

TEST_F(ChangesInTheKernel, AnExchangeMovesBoth) {
  const std::string mine = make_file("vmail/example.org/alice/1"), his = make_file("vmail/example.org/bob/1");
  watch_changes();
  if (IsSkipped()) return;
  if (try_to_act(actor(), {"exchange", mine, his}) != 0) GTEST_SKIP() << "this file system cannot exchange";
  int renames_of_alice = 0, renames_of_bob = 0;
  for (const Finding& finding : findings()) {
    if (finding.access.kind != AccessKind::kRename) continue;
    (finding.verdict.client == "alice" ? renames_of_alice : renames_of_bob)++;
  }
  EXPECT_EQ(renames_of_alice, 2) << "one leaves, one comes";
  EXPECT_EQ(renames_of_bob, 2);
}

TEST_F(ChangesInTheKernel, AFileThatWasMovedOutIsStillTheClients) {
  const std::string file = make_file("vmail/example.org/alice/1"), hidden = path("harmless");
  const std::string imap = copy_of_actor("imap");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", file, hidden});
  const Finding moved = finding();
  EXPECT_EQ(told(moved), "rename " + file);
  EXPECT_EQ(moved.access.other_path, hidden);
  act({"read", hidden});
  const Finding one = finding();
  EXPECT_EQ(told(one), "read " + file);
  EXPECT_EQ(one.access.accessed_through, hidden);
  EXPECT_EQ(one.verdict.store, "mail");
  EXPECT_EQ(one.verdict.client, "alice");
  act({"rename", hidden, path("more-harmless"), "unlink", path("more-harmless")});
  const std::vector<Finding> rest = findings();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].access.kind, AccessKind::kRename);
  EXPECT_EQ(told(rest[1]), "delete " + file);
  EXPECT_EQ(rest[1].access.accessed_through, path("more-harmless"));
}

TEST_F(ChangesInTheKernel, APermittedServiceMayGoOnWithWhatItMovedOut) {
  const std::string file = make_file("vmail/example.org/alice/1"), outside = path("spool");
  const std::string imap = copy_of_actor("imap");
  watch_changes();
  if (IsSkipped()) return;
  act(imap, {"rename", file, outside, "read", outside});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
  act({"read", outside});
  EXPECT_EQ(told(finding()), "read " + file);
}

TEST_F(ChangesInTheKernel, ADirectoryThatWasMovedOutTakesItsFilesAlong) {
  make_file("vmail/example.org/alice/cur/1");
  make_file("vmail/example.org/bob/cur/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", path("vmail/example.org/alice"), path("a"), "read", path("a/cur/1"), "create",
       path("a/cur/2")});
  std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(told(all[1]), "read " + mail("cur/1"));
  EXPECT_EQ(all[1].verdict.client, "alice");
  EXPECT_EQ(all[1].access.accessed_through, path("a/cur/1"));
  EXPECT_EQ(told(all[2]), "create " + mail("cur/2"));
}

TEST_F(ChangesInTheKernel, ADirectoryAboveTheClientsThatIsMovedIsAnAccessToTheStore) {
  make_file("vmail/example.org/alice/cur/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", path("vmail/example.org"), path("d"), "read", path("d/alice/cur/1")});
  const std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(told(all[0]), "rename " + path("vmail/example.org"));
  EXPECT_EQ(all[0].verdict.store, "mail");
  EXPECT_EQ(told(all[1]), "read " + mail("cur/1"));
  EXPECT_EQ(all[1].verdict.client, "alice");
}

TEST_F(ChangesInTheKernel, TheStoresOwnDirectoryMovedAwayIsStillTheStore) {
  make_file("vmail/example.org/alice/cur/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", path("vmail"), path("v"), "read", path("v/example.org/alice/cur/1")});
  const std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(told(all[0]), "rename " + path("vmail"));
  EXPECT_EQ(all[1].verdict.client, "alice");
}

TEST_F(ChangesInTheKernel, WhatIsMovedIntoAStoreIsIn) {
  const std::string file = make_file("outside");
  make_directory("vmail/example.org/alice");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", file, mail("1"), "read", mail("1")});
  const std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(told(all[0]), "rename " + mail("1"));
  EXPECT_EQ(all[0].access.other_path, file);
  EXPECT_EQ(told(all[1]), "read " + mail("1"));
}

TEST_F(ChangesInTheKernel, WhatCameBackIsKnownByItsNewPlace) {
  const std::string file = make_file("vmail/example.org/alice/1");
  make_directory("vmail/example.org/bob");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", file, path("x"), "rename", path("x"), path("vmail/example.org/bob/1")});
  (void)findings();
  act({"read", path("vmail/example.org/bob/1")});
  EXPECT_EQ(finding().verdict.client, "bob");
}

TEST_F(ChangesInTheKernel, AHardLinkOutOfAStoreIsAnAccessAndHidesNothing) {
  const std::string file = make_file("vmail/example.org/alice/1"), name = path("harmless");
  watch_changes();
  if (IsSkipped()) return;
  act({"link", file, name});
  const Finding made = finding();
  EXPECT_EQ(told(made), "create " + file);
  EXPECT_EQ(made.access.other_path, name);
  act({"read", name});
  const Finding one = finding();
  EXPECT_EQ(told(one), "read " + file);
  EXPECT_EQ(one.access.accessed_through, name);
  act({"unlink", file});
  (void)findings();
  act({"read", name});
  EXPECT_EQ(told(finding()), "read " + file) << "also when the name in the store is gone";
}

TEST_F(ChangesInTheKernel, AHardLinkWithinAClientIsOneAccess) {
  const std::string file = make_file("vmail/example.org/alice/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"link", file, mail("2")});
  const Finding made = finding();
  EXPECT_EQ(told(made), "create " + mail("2"));
  EXPECT_EQ(made.access.other_path, file);
}

TEST_F(ChangesInTheKernel, AnUnnamedFileThatGetsItsNameIsCreated) {
  const std::string directory = make_directory("vmail/example.org/alice");
  watch_changes();
  if (IsSkipped()) return;
  if (try_to_act(actor(), {"tmpfile", directory, mail("named")}) != 0)
    GTEST_SKIP() << "this file system has no O_TMPFILE";
  const std::vector<Finding> all = findings();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(told(all.back()), "create " + mail("named"));
}

TEST_F(ChangesInTheKernel, AMarkOutlivesAReload) {
  const std::string file = make_file("vmail/example.org/alice/1"), hidden = path("harmless");
  watch_changes();
  if (IsSkipped()) return;
  act({"rename", file, hidden});
  (void)findings();
  ASSERT_TRUE(reload(policy()));
  act({"read", hidden});
  const Finding one = finding();
  EXPECT_EQ(told(one), "read " + file);
  EXPECT_EQ(one.verdict.client, "alice");
}

TEST_F(ChangesInTheKernel, AMarkEndsWithItsFile) {
  const std::string file = make_file("vmail/example.org/alice/1"), hidden = path("harmless");
  watch_changes();
  if (IsSkipped()) return;
  const std::uint64_t before = marks();
  act({"rename", file, hidden, "link", hidden, path("twice"), "unlink", hidden});
  (void)findings();
  EXPECT_EQ(marks(), before + 1) << "it has a name left";
  act({"unlink", path("twice")});
  (void)findings();
  EXPECT_EQ(marks(), before);
}

TEST_F(ChangesInTheKernel, AnInodeNumberThatIsGivenAgainFlagsNobody) {
  const std::string hidden = path("harmless");
  std::vector<std::string> words;
  watch_changes();
  if (IsSkipped()) return;
  for (int i = 0; i < 20; ++i) {
    const std::string file = make_file("vmail/example.org/alice/" + std::to_string(i));
    words.insert(words.end(), {"rename", file, hidden, "unlink", hidden});
  }
  act(words);
  (void)findings();
  words.clear();
  for (int i = 0; i < 60; ++i) words.insert(words.end(), {"create", path("new" + std::to_string(i))});
  act(words);
  EXPECT_TRUE(findings().empty());
}

TEST_F(ChangesInTheKernel, ATreeThatIsRemovedIsOneIncidentWithAnExactCount) {
  constexpr std::size_t kFiles = 300;
  for (std::size_t i = 0; i < kFiles; ++i)
    make_file("vmail/example.org/alice/" + std::to_string(i % 7) + "/" + std::to_string(i));
  watch_changes();
  if (IsSkipped()) return;
  act({"remove-tree", path("vmail/example.org/alice")});
  std::uint64_t deleted = 0;
  std::string incident;
  for (const Finding& finding : findings()) {
    if (finding.access.kind != AccessKind::kDelete) continue;
    deleted += finding.count;
    if (incident.empty()) incident = finding.incident;
    EXPECT_EQ(finding.incident, incident);
  }
  EXPECT_EQ(deleted, kFiles + 7 + 1) << "files, directories, and the client's own";
}

// Whoever is the owner of a file is not for that reason allowed to put it where it belongs to someone else.
TEST_F(ChangesInTheKernel, AClientCannotCreateInItsNeighboursStore) {
  std::string policy = usual_policy();
  const std::string some = "store: mail, access: [read], purpose";
  policy.replace(policy.find(some), some.size(), "store: mail, access: [read, create, rename], purpose");
  const std::string neighbours = make_directory("vmail/example.org/bob");
  chmod(neighbours.c_str(), 0777);
  ASSERT_EQ(chown(neighbours.c_str(), 20002, 20002), 0);
  const std::string own = make_directory("vmail/example.org/alice");
  ASSERT_EQ(chown(own.c_str(), 20001, 20001), 0);
  watch(policy);
  act({"uid", "20001", "create", own + "/1", "create", neighbours + "/1"});
  EXPECT_EQ(told(finding()), "create " + neighbours + "/1");
  if (!sees_names()) return;
  act({"uid", "20001", "mkdir1", own + "/d", "mkdir1", neighbours + "/d", "rename", own + "/1",
       neighbours + "/2"});
  const std::vector<Finding> all = findings();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(told(all[0]), "create " + neighbours + "/d");
  EXPECT_EQ(told(all[1]), "rename " + neighbours + "/2");
}

}  // namespace
}  // namespace purposewatch::testing
