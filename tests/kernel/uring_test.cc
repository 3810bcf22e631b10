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
