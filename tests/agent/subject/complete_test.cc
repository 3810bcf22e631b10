#include "agent/subject/complete.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using Words = std::vector<std::string>;

// A tree that looks like /proc with process 7, which started at tick 250.
class Complete : public testing::Test {
 protected:
  Complete() {
    std::filesystem::create_directory(proc_ / "7");
    write_stat("250");
    proc_.write("7/cmdline", std::string("imap\0\0-c\0two words\0", 19));
    recorded_.pid = 7;
    recorded_.start_boot_ns =
        250 * (1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK))) + 12345;
    recorded_.cgroup = "/system.slice/dovecot.service";
  }
  void write_stat(const std::string& ticks) {
    proc_.write("7/stat", "7 (im ) 1 2) S 3 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 " + ticks + " 999 1\n");
  }
  Subject completed() { return complete(recorded_, "/usr/lib/dovecot/imap", users_, proc_.path()); }

  TempDir proc_;
  Users users_;
  Subject recorded_;
};

TEST_F(Complete, ReadsTheArgumentsOfTheSameProcess) {
  EXPECT_EQ(completed().args, (Words{"imap", "", "-c", "two words"}));
  EXPECT_EQ(completed().program, "/usr/lib/dovecot/imap");
  EXPECT_EQ(completed().unit, "dovecot.service");
}

TEST_F(Complete, TakesNoArgumentsFromAnotherProcessWithItsPid) {
  for (const char* ticks : {"249", "251", "0", "18446744073709551615", "99999999999999999999", "", "x"}) {
    write_stat(ticks);
    EXPECT_EQ(completed().args, Words{}) << ticks;
  }
}

TEST_F(Complete, TakesNoArgumentsWhenTheProcessIsGoneOrItsStatIsNonsense) {
  for (const char* nonsense : {"", "7 (imap", "7 (imap) S 3", ")"}) {
    proc_.write("7/stat", nonsense);
    EXPECT_EQ(completed().args, Words{}) << nonsense;
  }
  std::filesystem::remove_all(proc_ / "7");
  EXPECT_EQ(completed().args, Words{});
}

TEST_F(Complete, BoundsWhatItReadsOfArguments) {
  proc_.write("7/cmdline", std::string(100'000, 'a'));
  ASSERT_EQ(completed().args.size(), 1U);
  EXPECT_EQ(completed().args[0].size(), 4096U);
  proc_.write("7/cmdline", std::string(4000, '\0'));
  EXPECT_EQ(completed().args.size(), 64U);
}

TEST_F(Complete, NamesUsersButNoLoginWhereThereWasNone) {
  recorded_.uid = 0;
  recorded_.euid = 3'999'999'999U;
  EXPECT_EQ(completed().real_user, "root");
  EXPECT_EQ(completed().user, "");
  EXPECT_EQ(completed().login_user, "");
  recorded_.login_uid = 0;
  EXPECT_EQ(completed().login_user, "root");
}

TEST(Users, AreRememberedUntilForgotten) {
  Users users;
  EXPECT_EQ(users.name_of(0), "root");
  EXPECT_EQ(users.name_of(0), "root");
  users.forget();
  EXPECT_EQ(users.name_of(0), "root");
  EXPECT_EQ(users.name_of(3'999'999'999U), "");
}

TEST(Users, OfAPolicyAreThoseThatJudgeWouldTake) {
  EXPECT_EQ(user_id_of_policy("root"), 0U);
  EXPECT_EQ(user_id_of_policy("0"), 0U);
  EXPECT_EQ(user_id_of_policy("4294967295"), 4294967295U);
  for (const char* never : {"", "00", "007", "+1", "-1", " 1", "4294967296", "no-such-user-here"})
    EXPECT_EQ(user_id_of_policy(never), std::nullopt) << never;
  // Whatever second names this host gives its users.
  setpwent();
  while (const passwd* entry = getpwent()) {
    const std::string name = entry->pw_name;
    const auto id = user_id_of_policy(name);
    EXPECT_EQ(id.has_value(), user_name(entry->pw_uid) == name) << name;
  }
  endpwent();
}

}  // namespace
}  // namespace purposewatch
