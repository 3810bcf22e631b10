#include "rules/window.h"

#include <gtest/gtest.h>

#include "rules/judge.h"
#include "rules/language/times.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

std::int64_t at(const std::string& moment) {
  const auto parsed = parse_moment(moment);
  EXPECT_TRUE(parsed) << moment << " " << parsed.error();
  return parsed ? parsed->ns : 0;
}

std::vector<Window> windows(const std::vector<std::string>& texts) {
  std::vector<Window> all;
  for (const std::string& text : texts) {
    auto parsed = parse_window(text, {});
    EXPECT_TRUE(parsed) << text << " " << parsed.error();
    if (parsed) all.push_back(std::move(*parsed));
  }
  return all;
}

struct WindowCase {
  std::vector<std::string> windows;
  const char* moment;
  bool is_open;
};

// 2026-11-25 is a Wednesday.
TEST(Windows, AreOpenInTheirHoursOfTheirDays) {
  const std::vector<WindowCase> cases = {
      {{"02:00-05:00 UTC"}, "2026-11-25 01:59 UTC", false},
      {{"02:00-05:00 UTC"}, "2026-11-25 02:00 UTC", true},
      {{"02:00-05:00 UTC"}, "2026-11-25 04:59 UTC", true},
      {{"02:00-05:00 UTC"}, "2026-11-25 05:00 UTC", false},
      // Over midnight: the hours belong to the day on which it opened.
      {{"fri 22:00-06:00 UTC"}, "2026-11-27 22:00 UTC", true},
      {{"fri 22:00-06:00 UTC"}, "2026-11-28 05:59 UTC", true},
      {{"fri 22:00-06:00 UTC"}, "2026-11-27 05:59 UTC", false},
      {{"fri 22:00-06:00 UTC"}, "2026-11-28 22:00 UTC", false},
      // Days: ranges, also over the end of the week, and lists.
      {{"mon-fri 00:00-24:00 UTC"}, "2026-11-27 23:59 UTC", true},
      {{"mon-fri 00:00-24:00 UTC"}, "2026-11-28 00:00 UTC", false},
      {{"sat-mon 00:00-24:00 UTC"}, "2026-11-30 12:00 UTC", true},
      {{"sat-mon 00:00-24:00 UTC"}, "2026-12-01 12:00 UTC", false},
      {{"mon,wed,fri 00:00-24:00 UTC"}, "2026-11-25 12:00 UTC", true},
      {{"mon,wed,fri 00:00-24:00 UTC"}, "2026-11-26 12:00 UTC", false},
      // Any of several.
      {{"02:00-03:00 UTC", "04:00-05:00 UTC"}, "2026-11-25 02:30 UTC", true},
      {{"02:00-03:00 UTC", "04:00-05:00 UTC"}, "2026-11-25 03:30 UTC", false},
      {{"02:00-03:00 UTC", "04:00-05:00 UTC"}, "2026-11-25 04:30 UTC", true},
      {{}, "2026-11-25 03:30 UTC", true},
      // Hours are those of the zone, in winter as in summer.
      {{"02:00-05:00 Europe/Berlin"}, "2026-11-25 01:00 UTC", true},
      {{"02:00-05:00 Europe/Berlin"}, "2026-11-25 04:00 UTC", false},
      {{"02:00-05:00 Europe/Berlin"}, "2026-07-25 00:00 UTC", true},
      {{"02:00-05:00 Europe/Berlin"}, "2026-07-25 03:00 UTC", false},
      // The day, too: it is Thursday in Auckland by now.
      {{"thu 00:00-24:00 Pacific/Auckland"}, "2026-11-25 12:00 UTC", true},
  };
  for (const WindowCase& one : cases)
    EXPECT_EQ(is_open(windows(one.windows), at(one.moment)), one.is_open)
        << testing::PrintToString(one.windows) << " at " << one.moment;
}

// Berlin sets its clocks from 02:00 to 03:00 on 2026-03-29, from 03:00 back to 02:00 on 2026-10-25.
TEST(Windows, KeepTheirHoursWhenClocksAreSet) {
  const auto hour_shown_twice = windows({"02:15-02:45 Europe/Berlin"});
  const auto twice = open_interval(hour_shown_twice, at("2026-10-24 12:00 UTC"));
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->opens_ns, at("2026-10-25 00:15 UTC"));
  EXPECT_EQ(twice->closes_ns, at("2026-10-25 01:45 UTC"));

  const auto past_the_gap = open_interval(windows({"02:30-05:00 Europe/Berlin"}), at("2026-03-28 12:00 UTC"));
  ASSERT_TRUE(past_the_gap);
  EXPECT_EQ(past_the_gap->opens_ns, at("2026-03-29 01:00 UTC"));
  EXPECT_EQ(past_the_gap->closes_ns, at("2026-03-29 03:00 UTC"));

  const auto in_the_gap = open_interval(windows({"02:15-02:45 Europe/Berlin"}), at("2026-03-28 12:00 UTC"));
  ASSERT_TRUE(in_the_gap);
  EXPECT_EQ(in_the_gap->opens_ns, at("2026-03-30 00:15 UTC"));  // there was no such time the day before
}

TEST(Windows, TellTheIntervalThatIsOpenOrTheNext) {
  const auto nights = windows({"fri 22:00-06:00 UTC"});
  const auto next = open_interval(nights, at("2026-11-25 12:00 UTC"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->opens_ns, at("2026-11-27 22:00 UTC"));
  EXPECT_EQ(next->closes_ns, at("2026-11-28 06:00 UTC"));
  const auto current = open_interval(nights, at("2026-11-28 05:59 UTC"));
  ASSERT_TRUE(current);
  EXPECT_EQ(current->opens_ns, next->opens_ns);
  const auto after = open_interval(nights, at("2026-11-28 06:00 UTC"));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->opens_ns, next->opens_ns + 7 * 24 * kHour);

  // Of several that are open, the one that stays so; of several to come, the first.
  const auto several = windows({"02:00-03:00 UTC", "02:30-04:00 UTC", "08:00-09:00 UTC"});
  EXPECT_EQ(open_interval(several, at("2026-11-25 02:45 UTC"))->closes_ns, at("2026-11-25 04:00 UTC"));
  EXPECT_EQ(open_interval(several, at("2026-11-25 05:00 UTC"))->opens_ns, at("2026-11-25 08:00 UTC"));
  EXPECT_FALSE(open_interval({}, 0));
}

// Of every hour of two years, in a zone that sets its clocks: the interval that is told contains the moment
// exactly when it is open, and its ends are where that changes.
TEST(Windows, TellIntervalsThatAgreeWithTheirHours) {
  for (const char* text : {"02:00-05:00 Europe/Berlin", "sun 01:00-02:30 America/New_York",
                           "mon-fri 22:00-06:00 Australia/Lord_Howe", "sat 00:00-24:00 UTC"}) {
    const auto one = windows({text});
    for (std::int64_t now = at("2026-01-01 00:00 UTC"); now < at("2028-01-01 00:00 UTC"); now += 7 * kHour) {
      const auto interval = open_interval(one, now);
      ASSERT_TRUE(interval) << text;
      ASSERT_LT(now, interval->closes_ns) << text;
      EXPECT_EQ(is_open(one, now), interval->opens_ns <= now) << text;
      EXPECT_TRUE(is_open(one, interval->opens_ns)) << text;
      EXPECT_FALSE(is_open(one, interval->opens_ns - 1)) << text;
      EXPECT_TRUE(is_open(one, interval->closes_ns - 1)) << text;
      if (!testing::Test::HasFailure()) continue;
      ADD_FAILURE() << text << " at " << now;
      return;
    }
  }
}

class PermitInHours : public testing::Test {
 protected:
  PermitInHours() {
    rules_.purposes = {purpose("keep", "P3", {"mail"})};
    rules_.stores = {store("mail", {"communications"}, {"/mail/{client}"})};
    rules_.services = {service("backup", {"/rsync"}), service("other", {"/rsync"})};
    rules_.permits = {permit("nightly", 0, 0, mask_of(AccessKind::kRead))};
    rules_.permits[0].windows = windows({"02:00-05:00 UTC"});
    access_.path = "/mail/al/1";
  }
  Verdict verdict(const std::string& moment) const {
    return judge(rules_, access_, subject("/rsync", "root", 0, ""), at(moment));
  }

  RuleSet rules_;
  Access access_;
};

TEST_F(PermitInHours, PermitsInThemAndSaysOtherwiseWhatWouldAtAnotherTime) {
  EXPECT_EQ(verdict("2026-11-25 03:00 UTC").outcome, Outcome::kPermitted);
  const Verdict closed = verdict("2026-11-25 05:00 UTC");
  EXPECT_EQ(closed.outcome, Outcome::kFlagged);
  EXPECT_EQ(closed.reason, Reason::kOutsideWindow);
  EXPECT_EQ(closed.service, "backup");
  EXPECT_EQ(closed.permit, "nightly");
  EXPECT_EQ(closed.purpose, "");
  EXPECT_EQ(closed.clause, "P7");
}

TEST_F(PermitInHours, ExplainsOnlyTheKindsThatItIsFor) {
  access_.kind = AccessKind::kDelete;
  const Verdict got = verdict("2026-11-25 05:00 UTC");
  EXPECT_EQ(got.reason, Reason::kAccessKind);
  EXPECT_EQ(got.permit, "");
}

TEST_F(PermitInHours, LeavesItToAnotherServiceToPermit) {
  rules_.permits.push_back(rules_.permits[0]);
  rules_.permits[1].name = "always";
  rules_.permits[1].service = 1;
  rules_.permits[1].windows.clear();
  const Verdict got = verdict("2026-11-25 05:00 UTC");
  EXPECT_EQ(got.outcome, Outcome::kPermitted);
  EXPECT_EQ(got.permit, "always");
}

}  // namespace
}  // namespace purposewatch
