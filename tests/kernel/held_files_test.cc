// Descriptors that the program that holds them has not opened: inherited over an exec.
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class HeldFilesInTheKernel : public KernelTest {
 protected:
  std::vector<Finding> findings_of(const std::string& program) {
    std::vector<Finding> all = findings();
    std::erase_if(all, [&](const Finding& finding) { return finding.subject->executable != program; });
    return all;
  }

  Finding finding_of(const std::string& program) {
    const std::vector<Finding> all = findings_of(program);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Finding{} : all.front();
  }
};

TEST_F(HeldFilesInTheKernel, ADescriptorThatIsInheritedIsTheNewProgramsAccess) {
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  watch();
  act(imap, {"hold", "r", mail, "become", actor(), "name", "innocent"});
  const Finding one = finding();
  EXPECT_EQ(one.access.kind, AccessKind::kRead);
  EXPECT_EQ(one.access.path, mail);
  EXPECT_EQ(one.verdict.client, "alice");
  EXPECT_EQ(one.subject->executable, actor());
}

TEST_F(HeldFilesInTheKernel, AlsoWhereItWasOpenedInTheParent) {
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  watch();
  act(imap, {"hold", "r", mail, "fork", "become", actor()});
  EXPECT_EQ(finding().subject->executable, actor());
}

TEST_F(HeldFilesInTheKernel, WhatItMayDoIsWhatItWasOpenedFor) {
  const std::string mail = make_file("vmail/example.org/alice/1"), other = copy_of_actor("other");
  watch();
  act({"hold", "rw", mail, "hold", "r", path("vmail/example.org/alice"), "become", other});
  AccessMask kinds = 0;
  for (const Finding& finding : findings_of(other)) kinds |= mask_of(finding.access.kind);
  EXPECT_EQ(kinds, mask_of(AccessKind::kRead) | mask_of(AccessKind::kWrite) | mask_of(AccessKind::kList));
}

TEST_F(HeldFilesInTheKernel, WhatIsClosedAtExecIsNotInherited) {
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  const std::string beside = make_file("beside");
  watch();
  act(imap, {"hold", "c", mail, "hold", "r", beside, "become", actor()});
  EXPECT_TRUE(findings().empty());
}

TEST_F(HeldFilesInTheKernel, APermittedProgramMayInherit) {
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  watch();
  act({"hold", "r", mail, "become", imap});
  EXPECT_TRUE(findings_of(imap).empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_F(HeldFilesInTheKernel, EachOfAThousandIsSeen) {
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  std::vector<std::string> words;
  for (int i = 0; i < 1000; ++i) words.insert(words.end(), {"hold", "r", mail});
  words.insert(words.end(), {"become", actor()});
  watch();
  act(imap, words);
  std::uint64_t count = 0;
  for (const Finding& finding : findings()) count += finding.count;
  EXPECT_EQ(count + lost(), 1000U);
}

}  // namespace
}  // namespace purposewatch::testing
