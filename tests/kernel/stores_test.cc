// Which store: found by inode, however the file is reached.
#include <sys/stat.h>

#include <filesystem>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using StoresInTheKernel = KernelTest;

TEST_F(StoresInTheKernel, ACapturedClientAndTheWholePathAreInTheFinding) {
  const std::string mail = make_file("vmail/example.org/alice/cur/1");
  watch();
  act({"read", mail});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.verdict.captures.at("domain"), "example.org");
  EXPECT_EQ(told.access.path, mail);
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.verdict.reason, Reason::kUnknownService);
}

TEST_F(StoresInTheKernel, WhatIsBesideAStoreIsNotSeen) {
  make_directory("vmail/example.org/alice");
  const std::string beside = make_file("vmail/example.org.txt");
  const std::string above = make_file("vmail-other/alice/1");
  watch();
  act({"read", beside, "read", above, "list", path("vmail/example.org"), "list", path("vmail")});
  EXPECT_TRUE(findings().empty());
}

TEST_F(StoresInTheKernel, ADirectoryMadeAMomentAgoIsMatched) {
  make_directory("vmail");
  watch();
  act({"mkdir", path("vmail/new.example/carol/cur"), "create", path("vmail/new.example/carol/cur/1")});
  const Finding told = finding_about("1");
  EXPECT_EQ(told.verdict.client, "carol");
  EXPECT_EQ(told.access.kind, AccessKind::kCreate);
}

TEST_F(StoresInTheKernel, AStoreThatDidNotExistAtStartIsFoundWhenItAppears) {
  watch();
  act({"mkdir", path("vmail/example.org/alice"), "create", path("vmail/example.org/alice/1")});
  EXPECT_EQ(finding_about("1").verdict.client, "alice");
}

TEST_F(StoresInTheKernel, AStoreDirectoryThatWasReplacedIsFoundByItsName) {
  make_file("vmail/example.org/alice/1");
  watch();
  std::filesystem::rename(path("vmail"), path("vmail.old"));
  act({"mkdir", path("vmail/example.org/bob"), "create", path("vmail/example.org/bob/1")});
  EXPECT_EQ(finding_about("1").verdict.client, "bob");
  act({"read", path("vmail.old/example.org/alice/1")});
  EXPECT_EQ(finding().verdict.client, "alice") << "the old directory still holds client data";
}

// A directory that is known and says "not here" answers for the one above it, too: but only under its own
// name.
TEST_F(StoresInTheKernel, ADirectoryThatTakesAnotherStoresNameBelongsToThatStore) {
  for (const std::string suffix : {"", "-with-a-name-longer-than-an-anchor-holds"}) {
    const std::string first = make_file("one" + suffix + "/alice/www/1");
    make_directory("two" + suffix);
    std::string policy = usual_policy();
    policy.replace(policy.find("vmail/{domain}/{client}\"]"), 23,
                   "one" + suffix + "/{client}/mail\", \"" + path("two" + suffix) + "/{client}/www");
    policy.replace(policy.find("    except:"), policy.find("services:") - policy.find("    except:"), "");
    watch(policy);
    act({"read", first});
    EXPECT_TRUE(findings().empty());
    std::filesystem::rename(path("two" + suffix), path("gone" + suffix));
    std::filesystem::rename(path("one" + suffix), path("two" + suffix));
    act({"read", path("two" + suffix + "/alice/www/1")});
    EXPECT_EQ(finding().verdict.client, "alice") << suffix;
  }
}

TEST_F(StoresInTheKernel, AMountInsideAStoreIsCrossed) {
  make_directory("vmail/example.org/alice/archive");
  watch();
  act({"private", "tmpfs", path("vmail/example.org/alice/archive"), "mkdir",
       path("vmail/example.org/alice/archive/2024"), "create",
       path("vmail/example.org/alice/archive/2024/1")});
  const Finding told = finding_about("1");
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.access.path, path("vmail/example.org/alice/archive/2024/1"));
}

TEST_F(StoresInTheKernel, AMountOnTheStoreItselfIsCrossed) {
  make_directory("vmail");
  watch();
  act({"private", "tmpfs", path("vmail"), "mkdir", path("vmail/example.org/alice"), "create",
       path("vmail/example.org/alice/1")});
  EXPECT_EQ(finding_about("1").verdict.client, "alice");
}

TEST_F(StoresInTheKernel, ABindMountDoesNotHideWhereAFileLives) {
  make_file("vmail/example.org/alice/cur/1");
  make_directory("elsewhere");
  watch();
  act({"private", "bind", path("vmail/example.org/alice/cur"), path("elsewhere"), "read",
       path("elsewhere/1")});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.access.path, path("vmail/example.org/alice/cur/1"));
}

TEST_F(StoresInTheKernel, AHundredDirectoriesDeepIsStillInside) {
  make_directory("vmail/example.org/alice");
  watch();
  act({"chdir", path("vmail/example.org/alice"), "descend", "100", "d", "create", "deep"});
  const Finding told = finding_about("deep");
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_FALSE(told.access.path_truncated);
  EXPECT_TRUE(told.access.path.ends_with("/d/d/d/deep"));
}

TEST_F(StoresInTheKernel, NamesOf255BytesAreKeptWhole) {
  const std::string client(255, 'c');
  const std::string file(255, 'f');
  const std::string mail = make_file("vmail/example.org/" + client + "/" + file);
  watch();
  act({"read", mail});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.client, client);
  EXPECT_EQ(told.access.path, mail);
}

TEST_F(StoresInTheKernel, OfAPathThatIsTooLongTheTailAndTheClientAreKept) {
  make_directory("vmail/example.org/alice");
  watch();
  const std::string name(200, 'n');
  act({"chdir", path("vmail/example.org/alice"), "descend", "30", name, "create", "the-file"});
  const Finding told = finding_about("the-file");
  EXPECT_TRUE(told.access.path_truncated);
  EXPECT_TRUE(told.access.path.ends_with("/" + name + "/the-file"));
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.verdict.store, "mail");
}

TEST_F(StoresInTheKernel, ExceptionsAreNoClientData) {
  const std::string index = make_file("vmail/example.org/alice/dovecot.index.log");
  const std::string below = make_file("vmail/example.org/alice/dovecot.index.d/x");
  const std::string nearly = make_file("vmail/example.org/alice/dovecot.inde");
  watch();
  act({"read", index, "read", below, "read", nearly});
  EXPECT_EQ(finding().access.path, nearly);
}

TEST_F(StoresInTheKernel, ALiteralStoreAndALongNameMatch) {
  const std::string long_name(120, 'x');
  const std::string file = make_file(long_name + "/secret");
  const std::string other = make_file(std::string(119, 'x') + "y/secret");
  std::string policy = usual_policy();
  policy.replace(policy.find("vmail/{domain}/{client}\"]"), 23, long_name);
  policy.replace(policy.find("    except:"), policy.find("services:") - policy.find("    except:"), "");
  watch(policy);
  act({"read", other, "read", file});
  EXPECT_EQ(finding().access.path, file);
}

}  // namespace
}  // namespace purposewatch::testing
