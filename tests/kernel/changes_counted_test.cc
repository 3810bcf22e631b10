// Each change is one access, by the name that was changed: also where the kernel shows the inode alone.
#include "tests/kernel/changes.h"

namespace purposewatch::testing {
namespace {

using ChangesCounted = ChangesInTheKernel;

// Which of its names a file loses is not to be told from the file.
TEST_F(ChangesCounted, OfAFileWithManyNamesTheRightOneIsNamed) {
  const std::string file = make_file("vmail/example.org/alice/1"), second = mail("cur/2"),
                    third = mail("new/3");
  make_directory("vmail/example.org/alice/cur");
  make_directory("vmail/example.org/alice/new");
  watch_changes();
  if (IsSkipped()) return;
  act({"link", file, second, "link", file, third});
  (void)findings();
  act({"rename", second, mail("cur/4")});
  const Finding renamed = finding();
  EXPECT_EQ(told(renamed), "rename " + second);
  EXPECT_EQ(renamed.access.other_path, mail("cur/4"));
  for (const std::string& name : {file, third, mail("cur/4")}) {
    act({"unlink", name});
    EXPECT_EQ(told(finding()), "delete " + name);
  }
}

TEST_F(ChangesCounted, InMemoryTheyAreTheSame) {
  const std::string alice = make_directory("vmail/example.org/alice");
  watch_changes();
  if (IsSkipped()) return;
  act({"private", "tmpfs", alice, "create", mail("1"), "chmod", mail("1"), "rename", mail("1"), mail("2"),
       "mkdir1", mail("d"), "rename", mail("2"), mail("d/3"), "unlink", mail("d/3"), "rmdir", mail("d")});
  std::vector<std::string> all;
  for (const Finding& finding : findings()) all.push_back(told(finding));
  EXPECT_EQ(all, (std::vector<std::string>{"create " + mail("1"), "attr " + mail("1"), "rename " + mail("1"),
                                           "create " + mail("d"), "rename " + mail("2"),
                                           "delete " + mail("d/3"), "delete " + mail("d")}));
}

TEST_F(ChangesCounted, WhatIsWrittenThroughADescriptorWasToldWhenItWasOpened) {
  const std::string file = make_file("vmail/example.org/alice/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"append", file});
  EXPECT_EQ(told(finding()), "write " + file);
}

TEST_F(ChangesCounted, EachCallIsOneAccess) {
  const std::string file = make_file("vmail/example.org/alice/1");
  watch_changes();
  if (IsSkipped()) return;
  act({"chmod", file, "chmod", file, "chown", file, "utimes", file});
  std::uint64_t accesses = 0;
  for (const Finding& finding : findings()) accesses += finding.count;
  EXPECT_EQ(accesses, 4U);
}

}  // namespace
}  // namespace purposewatch::testing
