// io_uring: opens without a system call of their own, in the submitter's name, whichever thread makes them.
#include "agent/kernel/io_uring.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class RingOpens : public KernelTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(RingOpens, AreSeenInTheNameOfTheirSubmitter) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  const std::string outside = make_file("outside");
  watch();
  const auto actor_at_work = start(actor(), {"name", "disguised", GetParam(), mail, "wait"});
  await(1);
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.access.path, mail);
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.subject->executable, actor());
  EXPECT_EQ(told.subject->pid, actor_at_work->pid());
  EXPECT_EQ(told.subject->name, "disguised");
  EXPECT_EQ(actor_at_work->finish(), 0);
  act(imap, {GetParam(), mail});
  act({GetParam(), outside});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_P(RingOpens, AreJudgedByTheUserWhoSubmitted) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  const std::string own = make_file("vmail/example.org/alice/1"),
                    other = make_file("vmail/example.org/bob/1");
  ASSERT_EQ(chown(own.c_str(), 20001, 20001), 0);
  watch();
  act({"uid", "20001", GetParam(), own, GetParam(), other});
  EXPECT_EQ(finding().access.path, other);
  EXPECT_EQ(permitted("client-self", "read"), 1U);
}

struct RingChange {
  const char* verb;
  AccessKind kind;
  const char* other_suffix;  // of the second name
};

class UringInTheKernel : public KernelTest {
 protected:
  std::string policy() const {
    std::string text = usual_policy();
    const std::string some = "access: [read, list], purpose";
    return text.replace(text.find(some), some.size(), "access: [create, delete, rename, attr], purpose");
  }
};

class RingChanges : public UringInTheKernel, public ::testing::WithParamInterface<RingChange> {};

TEST_P(RingChanges, AreSeenInTheNameOfTheirSubmitter) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  const std::string imap = copy_of_actor("imap"), verb = GetParam().verb, kind(name_of(GetParam().kind));
  watch(policy());
  if (!sees_names()) GTEST_SKIP() << "not seen: changes of names";
  for (const std::string& program : {imap, actor()}) {
    const std::string target = verb == "ring-mkdir"
                                   ? path("vmail/example.org/alice/d-" + std::to_string(program == imap))
                                   : make_file("vmail/example.org/alice/1");
    make_directory("vmail/example.org/alice");
    if (try_to_act(program, {verb, target}) != 0)
      GTEST_SKIP() << "this kernel or file system knows no " << verb;
    if (program == imap) {
      EXPECT_TRUE(findings().empty());
      EXPECT_EQ(permitted("imap", kind), 1U);
      if (*GetParam().other_suffix != 0) std::filesystem::remove(target + GetParam().other_suffix);
      continue;
    }
    const Finding one = finding();
    EXPECT_EQ(std::string(name_of(one.access.kind)), kind);
    const bool is_new_name = verb == "ring-link";
    EXPECT_EQ(one.access.path, is_new_name ? target + GetParam().other_suffix : target);
    EXPECT_EQ(one.verdict.client, "alice");
    EXPECT_EQ(one.subject->executable, actor());
    EXPECT_EQ(one.subject->name.substr(0, 4), actor().substr(actor().rfind('/') + 1, 4))
        << "not the worker's name";
  }
}

// A request may ask that nobody is told of its end: then more may be told than was done, never less.
TEST_F(UringInTheKernel, ASilentRenameHidesNothing) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  make_file("vmail/example.org/alice/1");
  const std::string mailbox = path("vmail/example.org/alice"), hidden = path("harmless");
  watch(policy());
  if (!sees_names()) GTEST_SKIP() << "not seen: changes of names";
  act({"ring-silent-rename", mailbox, "rename", mailbox + ".renamed", hidden});
  bool is_told = false;
  for (const Finding& one : findings())
    is_told |=
        one.access.kind == AccessKind::kRename && one.access.path == mailbox && one.verdict.store == "mail";
  EXPECT_TRUE(is_told);
  act({"read", hidden + "/1"});
  EXPECT_EQ(finding().verdict.store, "mail");
}

INSTANTIATE_TEST_SUITE_P(UringInTheKernel, RingChanges,
                         ::testing::Values(RingChange{"ring-unlink", AccessKind::kDelete, ""},
                                           RingChange{"ring-mkdir", AccessKind::kCreate, ""},
                                           RingChange{"ring-setxattr", AccessKind::kAttr, ""},
                                           RingChange{"ring-rename", AccessKind::kRename, ".renamed"},
                                           RingChange{"ring-link", AccessKind::kCreate, ".linked"}),
                         [](const auto& change) {
                           std::string name = change.param.verb;
                           std::erase(name, '-');
                           return name;
                         });

INSTANTIATE_TEST_SUITE_P(UringInTheKernel, RingOpens,
                         ::testing::Values("ring-open", "ring-openat2", "ring-async", "ring-polled",
                                           "ring-direct", "ring-allocated"),
                         [](const auto& verb) {
                           std::string name = verb.param;
                           name.erase(name.find('-'), 1);
                           return name;
                         });

}  // namespace
}  // namespace purposewatch::testing
