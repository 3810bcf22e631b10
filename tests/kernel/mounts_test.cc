// Which store, where file systems are mounted over and into each other: the way from a file up to an anchor
// leads through them, and the names on it are those that a process sees.
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class MountsInTheKernel : public KernelTest {
 protected:
  // One store, which no actor of these tests may read.
  std::string policy_of(const std::string& pattern) const {
    return R"(
policy: {name: test, version: "1"}
classes: {communications: {clause: P2, description: mail}}
purposes: {requested-service: {clause: P4, classes: [communications]}}
stores: {mail: {class: communications, paths: [")" +
           path(pattern) + R"("]}}
services: {imap: {exe: [")" +
           path("imap") + R"("]}}
permits: [{service: imap, store: mail, access: [create], purpose: requested-service}]
)";
  }
};

TEST_F(MountsInTheKernel, PartOfAFileSystemMountedIntoAStoreIsInIt) {
  make_file("elsewhere/sub/alice/mail/1");
  make_directory("data");
  watch(policy_of("data/{client}/mail"));
  act({"read", path("elsewhere/sub/alice/mail/1")});
  EXPECT_TRUE(findings().empty());
  act({"private", "bind", path("elsewhere/sub"), path("data"), "read", path("data/alice/mail/1")});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.access.path, path("data/alice/mail/1"));
}

// As in a chroot with the whole tree bound into it: "srv" is met below the mount, too.
TEST_F(MountsInTheKernel, ADirectoryMayStandOnTheWayTwice) {
  make_file("all/srv/data/f");
  make_directory("all/srv/bob/rootfs");
  watch(policy_of("all/srv/{client}/rootfs"));
  act({"private", "bind", path("all"), path("all/srv/bob/rootfs"), "read",
       path("all/srv/bob/rootfs/srv/data/f")});
  EXPECT_EQ(finding().verdict.client, "bob");
}

TEST_F(MountsInTheKernel, ManyMountsOnTheSameDirectoryAreCrossed) {
  for (const int mounts : {3, 17, 24}) {
    const std::string client = "alice" + std::to_string(mounts);
    const std::string directory = make_directory("vmail/example.org/" + client);
    watch();
    std::vector<std::string> words = {"private"};
    for (int i = 0; i < mounts; ++i) words.insert(words.end(), {"tmpfs", directory});
    words.insert(words.end(), {"mkdir", directory + "/cur", "create", directory + "/cur/1"});
    act(words);
    const Finding told = finding_about("1");
    EXPECT_EQ(told.verdict.client, client);
    EXPECT_EQ(told.access.path, directory + "/cur/1");
  }
}

TEST_F(MountsInTheKernel, SixHundredDirectoriesDeepInAMountIsStillInside) {
  const std::string maildir = make_directory("vmail/example.org/alice/Maildir"), imap = copy_of_actor("imap");
  make_directory("elsewhere");
  watch(policy_of("vmail/{domain}/{client}/Maildir"));
  act(imap, {"private", "tmpfs", maildir, "chdir", maildir, "descend", "600", "d", "create", "deep", "read",
             "deep"});
  EXPECT_EQ(finding().verdict.client, "alice");
  act(imap, {"private", "bind", path("elsewhere"), maildir, "chdir", maildir, "descend", "600", "d", "create",
             "deep", "read", "deep"});
  EXPECT_EQ(finding().verdict.client, "alice");
}

TEST_F(MountsInTheKernel, FiveThousandDirectoriesDeepIsStillInside) {
  const std::string maildir = make_directory("vmail/example.org/alice/Maildir"), imap = copy_of_actor("imap");
  watch(policy_of("vmail/{domain}/{client}/Maildir"));
  act(imap, {"private", "tmpfs", maildir, "chdir", maildir, "descend", "5000", "d", "create", "deep", "read",
             "deep"});
  EXPECT_EQ(finding().verdict.client, "alice");
}

// What is moved out of the directory that is mounted, though a process stands in it, has left the store: but
// is its client's still, where that is seen.
TEST_F(MountsInTheKernel, ADirectoryThatEscapesItsMountLeavesTheStore) {
  make_directory("vmail/example.org/alice");
  make_directory("all/x/sub");
  make_directory("all/y");
  const std::string sub = path("vmail/example.org/alice/sub");
  watch();
  act({"private", "bind", path("all/x"), path("vmail/example.org/alice"), "chdir", sub, "create", "inside",
       "rename", path("all/x/sub"), path("all/y/sub"), "create", "escaped"});
  std::vector<Finding> created = findings();
  std::erase_if(created, [](const Finding& finding) { return finding.access.kind == AccessKind::kRename; });
  ASSERT_EQ(created.size(), sees_names() ? 2U : 1U);
  EXPECT_EQ(created[0].access.path, sub + "/inside");
  if (!sees_names()) return;
  EXPECT_EQ(created[1].access.path, sub + "/escaped");
}

// Two patterns name one directory, by different paths: both hold for what is below.
TEST_F(MountsInTheKernel, ADirectoryThatIsKnownByAnotherPathStillAsksTheOnesAbove) {
  const std::string mail = make_file("b/v/d/alice/www/1");
  make_directory("a");
  std::filesystem::create_symlink(path("b/v"), path("a/u"));
  std::string policy = policy_of("b/v/{x}/{client}/www");
  policy.replace(policy.find("/www\"]"), 6, "/www\", \"" + path("a/u/d/{client}/mail") + "\"]");
  watch(policy);
  act({"read", mail});
  EXPECT_EQ(finding().verdict.client, "alice");
}

}  // namespace
}  // namespace purposewatch::testing
