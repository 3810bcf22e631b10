#include "agent/grants/grant_book.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/agent/grants/book_of_grants.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::IsEmpty;

using GrantBookTest = BookOfGrants;

TEST_F(GrantBookTest, GivesAndTells) {
  const std::string id = give();
  EXPECT_THAT(id, testing::MatchesRegex("g-[0-9a-f]{12}"));
  EXPECT_TRUE(holds());
  ASSERT_EQ(book_->current()->all().size(), 1U);
  EXPECT_EQ(book_->current()->all()[0].id, id);
  EXPECT_THAT(told(), ElementsAre("grant-given bob by alice"));
}

TEST_F(GrantBookTest, TellsWhatItRefuses) {
  GrantRequest asked = request();
  asked.store = "mial";
  asked.duration = "3h";
  const auto grant = book_->give(*rules_, asked, "alice");
  ASSERT_FALSE(grant);
  EXPECT_THAT(
      told(),
      ElementsAre("grant-refused bob by alice: no store is called 'mial' (did you mean 'mail'?); purpose "
                  "'warrant' is granted for at most 2h"));
  EXPECT_THAT(book_->all(), IsEmpty());
}

TEST_F(GrantBookTest, EndsByTheBootClockAndTellsItOnce) {
  give();
  told();
  now_.wall_ns -= 3600 * kSecond;  // somebody sets the clock back
  pass(59);
  book_->end_what_is_due();
  EXPECT_TRUE(holds());
  EXPECT_THAT(told(), IsEmpty());
  pass(1);
  EXPECT_FALSE(holds());
  book_->end_what_is_due();
  book_->end_what_is_due();
  EXPECT_THAT(told(), ElementsAre("grant-expired bob by "));
}

TEST_F(GrantBookTest, RevokesAtOnce) {
  const std::string id = give();
  pass(10);
  const std::uint64_t before = now_.boot_ns;
  pass(1);
  const auto revoked = book_->revoke(id, "carol");
  ASSERT_TRUE(revoked) << revoked.error().message;
  EXPECT_FALSE(holds());
  EXPECT_TRUE(only().holds_at(before)) << "what came before was granted";
  EXPECT_FALSE(book_->current()->all()[0].holds_at(now_.boot_ns));
  EXPECT_THAT(told(), ElementsAre("grant-given bob by alice", "grant-revoked bob by carol"));
  EXPECT_EQ(book_->revoke(id, "carol").error().message, "grant " + id + " has ended already");
  EXPECT_EQ(book_->revoke("g-0", "carol").error().message, "no grant is called 'g-0'");
  pass(100);
  book_->end_what_is_due();
  EXPECT_THAT(told(), IsEmpty()) << "its end was told";
}

TEST_F(GrantBookTest, RemembersOverARestart) {
  const std::string held = give(), revoked = give(request("alice"));
  ASSERT_TRUE(book_->revoke(revoked, "carol"));
  told();
  pass(30);
  open();
  ASSERT_EQ(book_->all().size(), 2U);
  const Grants grants(book_->current()->all());
  for (const Grant& grant : grants.all())
    EXPECT_EQ(grant.holds_at(now_.boot_ns), grant.id == held) << grant.id;
  pass(30);
  book_->end_what_is_due();
  EXPECT_THAT(told(), ElementsAre("grant-expired bob by "));
  open();
  book_->end_what_is_due();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(GrantBookTest, WhatEndedWhileNoAgentRanIsToldByTheNext) {
  give();
  told();
  pass(3600);
  open();
  EXPECT_FALSE(holds());
  book_->end_what_is_due();
  EXPECT_THAT(told(), ElementsAre("grant-expired bob by "));
}

TEST_F(GrantBookTest, GoesOnAfterARebootForWhatIsLeft) {
  give();
  now_.wall_ns += 20 * kSecond;
  now_.boot_ns = static_cast<std::uint64_t>(5 * kSecond);
  open("boot-2");
  EXPECT_TRUE(holds());
  pass(39);
  EXPECT_TRUE(holds());
  pass(1);
  EXPECT_FALSE(holds());
}

TEST_F(GrantBookTest, NeverLastsLongerAfterARebootThanItWasGivenFor) {
  give();
  now_.wall_ns -= 365 * 24 * 3600 * kSecond;
  now_.boot_ns = static_cast<std::uint64_t>(5 * kSecond);
  open("boot-2");
  EXPECT_TRUE(holds());
  pass(60);
  EXPECT_FALSE(holds());
}

TEST_F(GrantBookTest, WhatWasRevokedStaysSoAfterAReboot) {
  ASSERT_TRUE(book_->revoke(give(), "carol"));
  now_.boot_ns = static_cast<std::uint64_t>(5 * kSecond);
  open("boot-2");
  EXPECT_FALSE(holds());
}

TEST_F(GrantBookTest, ForgetsWhatEndedADayAgo) {
  give();
  pass(60 + 24 * 3600);
  book_->end_what_is_due();
  EXPECT_EQ(book_->all().size(), 1U);
  pass(1);
  book_->end_what_is_due();
  EXPECT_THAT(book_->all(), IsEmpty());
  EXPECT_THAT(book_->current()->all(), IsEmpty());
  EXPECT_TRUE(fs::is_empty(dir_ / "grants"));
}

TEST_F(GrantBookTest, KeepsABreakGlassGrantUntilSomebodyElseHasReviewedIt) {
  GrantRequest asked = request();
  asked.is_break_glass = true;
  asked.approved_by.clear();
  const std::string id = give(asked);
  EXPECT_EQ(book_->counts(*rules_).at(1).unreviewed, 1U);
  pass(100 * 24 * 3600);
  book_->end_what_is_due();
  open();
  ASSERT_EQ(book_->all().size(), 1U);
  EXPECT_EQ(book_->review(id, "alice").error().message,
            "alice asked for grant " + id + ": somebody else must review it");
  EXPECT_EQ(book_->counts(*rules_).at(1).unreviewed, 1U);
  told();
  ASSERT_TRUE(book_->review(id, "carol"));
  EXPECT_THAT(told(), ElementsAre("grant-reviewed bob by carol"));
  EXPECT_EQ(book_->review(id, "dave").error().message, "grant " + id + " was reviewed by carol already");
  book_->end_what_is_due();
  EXPECT_THAT(book_->all(), IsEmpty());
  EXPECT_EQ(book_->review(give(), "carol").error().message.substr(21),
            "needs no review: somebody had approved it");
}

TEST_F(GrantBookTest, CountsByPurpose) {
  give();
  const auto counts = book_->counts(*rules_);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].purpose, "review");
  EXPECT_EQ(counts[0].active, 0U);
  EXPECT_EQ(counts[1].purpose, "warrant");
  EXPECT_EQ(counts[1].active, 1U);
  pass(60);
  EXPECT_EQ(book_->counts(*rules_)[1].active, 0U);
}

TEST_F(GrantBookTest, GivesNothingThatItCannotKeep) {
  fs::remove_all(dir_ / "grants");
  const auto grant = book_->give(*rules_, request(), "alice");
  ASSERT_FALSE(grant);
  EXPECT_THAT(grant.error().at(0), testing::HasSubstr("cannot write"));
  EXPECT_THAT(book_->all(), IsEmpty());
  EXPECT_THAT(told().at(0), testing::StartsWith("grant-refused bob by alice: cannot write"));
}

TEST_F(GrantBookTest, EndsAlsoWhatItCannotRememberHasEnded) {
  const std::string id = give();
  fs::remove_all(dir_ / "grants");
  const auto revoked = book_->revoke(id, "carol");
  ASSERT_FALSE(revoked);
  EXPECT_THAT(revoked.error().message, testing::HasSubstr("has ended, but cannot write"));
  EXPECT_FALSE(holds());
}

TEST_F(GrantBookTest, LeavesAloneWhatIsNoGrantOfItsOwn) {
  const std::string id = give();
  dir_.write("grants/g-1.json", "{}");
  dir_.write("grants/g-2.json", "not json");
  fs::copy_file(dir_ / ("grants/" + id + ".json"), dir_ / "grants/g-3.json");
  fs::create_symlink(dir_ / ("grants/" + id + ".json"), dir_ / "grants/g-4.json");
  fs::create_directory(dir_ / "grants/g-5.json");
  dir_.write("grants/g-6.json", std::string(100'000, ' '));
  open();
  EXPECT_EQ(only().id, id);
  EXPECT_TRUE(fs::exists(dir_ / "grants/g-2.json"));
}

TEST_F(GrantBookTest, IsForNobodyElseToRead) {
  const std::string id = give();
  struct stat status {};
  ASSERT_EQ(stat((dir_ / ("grants/" + id + ".json")).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(stat((dir_ / "grants").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

}  // namespace
}  // namespace purposewatch
