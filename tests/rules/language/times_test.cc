// What a policy says about time: windows of permits, moments of tests.
#include "rules/language/times.h"

#include <gtest/gtest.h>

#include "rules/explanation.h"
#include "rules/language/run_tests.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

struct Refusal {
  const char* text;
  const char* why;
};

TEST(Times, ThatAreNoneAreToldInWords) {
  constexpr const char* kNoWindow =
      "is no window like 02:00-05:00, mon-fri 22:00-06:00 or sat,sun 00:00-24:00 Europe/Berlin";
  const std::vector<Refusal> windows = {
      {"", kNoWindow},
      {"always", kNoWindow},
      {"mon-fri", "names no hours, like 02:00-05:00"},
      {"02:00", kNoWindow},
      {"2:00-5:00", kNoWindow},
      {"02:00-05:60", kNoWindow},
      {"02:00-24:01", kNoWindow},
      {"24:00-05:00", kNoWindow},
      {"02:00-25:00", kNoWindow},
      {"-1:00-05:00", kNoWindow},
      {"02:00-05:00-06:00", kNoWindow},
      {"02:00 - 05:00", kNoWindow},
      {"monday 02:00-05:00", kNoWindow},
      {"mon-tue-wed 02:00-05:00", kNoWindow},
      {"mon, tue 02:00-05:00", kNoWindow},
      {"02:00-02:00", "closes when it opens; all day is 00:00-24:00"},
      {"02:00-05:00 UTC now", "goes on after the time zone"},
      {"02:00-05:00 Europe/Berlni",
       "names a time zone that this host does not know, 'Europe/Berlni' (did you mean 'Europe/Berlin'?)"},
      {"02:00-05:00 ../../etc/passwd", "names a time zone that this host does not know, '../../etc/passwd'"},
  };
  for (const Refusal& one : windows) {
    const auto parsed = parse_window(one.text, {});
    ASSERT_FALSE(parsed) << one.text;
    EXPECT_EQ(parsed.error(), one.why) << one.text;
  }
  constexpr const char* kNoMoment = "is no moment like 2026-11-25 03:00 or 2026-11-25 03:00 Europe/Berlin";
  const std::vector<Refusal> moments = {
      {"", kNoMoment},
      {"03:00", kNoMoment},
      {"2026-11-25", kNoMoment},
      {"2026-11-25T03:00", kNoMoment},
      {"2026-11-25 3:00", kNoMoment},
      {"2026-11-25 03:00 UTC x", kNoMoment},
      {"2026-02-29 03:00", "is on no day of 1970 to 2261"},
      {"9999-01-01 03:00", "is on no day of 1970 to 2261"},
      {"1969-12-31 23:59", "is on no day of 1970 to 2261"},
      {"2026-11-25 03:00 Nowhere", "names a time zone that this host does not know, 'Nowhere'"},
  };
  for (const Refusal& one : moments) {
    const auto parsed = parse_moment(one.text);
    ASSERT_FALSE(parsed) << one.text;
    EXPECT_EQ(parsed.error(), one.why) << one.text;
  }
}

TEST(Times, WithoutAZoneAreThoseOfTheHost) {
  const auto window = parse_window("02:00-05:00", {});
  const auto early = parse_moment("2026-11-25 01:59"), now = parse_moment("2026-11-25 02:00");
  ASSERT_TRUE(window && early && now);
  EXPECT_FALSE(is_open({*window}, early->ns));
  EXPECT_TRUE(is_open({*window}, now->ns));
}

const std::string kTimesPolicy = kHead +
                                 "stores:\n"
                                 "  m: {class: mail, paths: '/m/{client}'}\n"
                                 "services:\n"
                                 "  backup: {exe: /rsync}\n"
                                 "  imap: {exe: /imap}\n"
                                 "permits:\n"
                                 "  - {service: imap, store: m, access: [read], purpose: serve}\n"
                                 "  - {service: backup, store: m, access: [read], purpose: serve,\n"
                                 "     window: [\"02:00-05:00 UTC\", \"sun 12:00-13:00 UTC\"]}\n";  // line 14

TEST(Times, OfAPolicyAreToldAtTheirPlace) {
  EXPECT_EQ(complaints(kHead + "stores: {m: {class: mail, paths: /m}}\n"
                               "services: {s: {exe: /s}}\n"
                               "permits:\n"
                               "  - {service: s, store: m, access: read, purpose: serve, window: [\"5-6\"]}\n"
                               "tests:\n"
                               "  - {who: {exe: /s}, access: read, path: /m/1, at: noon, expect: flagged}\n"),
            (std::vector<std::string>{
                "p.yaml:9:67: error: '5-6' is no window like 02:00-05:00, mon-fri 22:00-06:00 or sat,sun "
                "00:00-24:00 Europe/Berlin",
                "p.yaml:11:52: error: 'noon' is no moment like 2026-11-25 03:00 or 2026-11-25 03:00 "
                "Europe/Berlin"}));
}

class TestsOfWindows : public testing::Test {
 protected:
  std::vector<std::string> failures(const std::string& test) {
    const LoadedPolicy loaded = check_policy({{"p.yaml", kTimesPolicy + "tests:\n  - " + test + "\n"}});
    EXPECT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
    std::vector<std::string> all;
    for (const Difference& one : run_test(*loaded.rules, loaded.rules->tests.at(0)).differences)
      all.push_back(one.what + ": " + one.expected + ", got " + one.got);
    return all;
  }
};

TEST_F(TestsOfWindows, TakePlaceAtTheirMoment) {
  EXPECT_EQ(failures("{who: {exe: /rsync}, access: read, path: /m/al/1, at: 2026-11-25 04:59 UTC, "
                     "expect: permitted}"),
            std::vector<std::string>{});
  EXPECT_EQ(failures("{who: {exe: /rsync}, access: read, path: /m/al/1, at: 2026-11-25 06:00 Europe/Berlin, "
                     "expect: flagged, reason: outside-window}"),
            std::vector<std::string>{});
}

TEST_F(TestsOfWindows, MustSayWhenItMatters) {
  EXPECT_EQ(failures("{who: {exe: /rsync}, access: read, path: /m/al/1, expect: flagged}"),
            std::vector<std::string>{"at: a moment, since backup/m/serve has a window, got "});
  EXPECT_EQ(failures("{who: {exe: /rsync}, access: delete, path: /m/al/1, expect: flagged}"),
            std::vector<std::string>{});
  EXPECT_EQ(failures("{who: {exe: /imap}, access: read, path: /m/al/1, expect: permitted}"),
            std::vector<std::string>{});
}

TEST(Times, AreExplained) {
  const LoadedPolicy loaded = check_policy({{"p.yaml", kTimesPolicy}});
  ASSERT_TRUE(loaded.rules);
  Access access;
  access.path = "/m/al/1";
  const Explanation open = explain(*loaded.rules, access, subject("/rsync", "root", 0, ""),
                                   parse_moment("2026-11-25 03:00 UTC")->ns);
  EXPECT_EQ(open.services.at(0).permits,
            std::vector<std::string>{"backup/m/serve: may read for serve (P4), only 02:00-05:00 UTC and sun "
                                     "12:00-13:00 UTC"});
  const Explanation closed = explain(*loaded.rules, access, subject("/rsync", "root", 0, ""),
                                     parse_moment("2026-11-25 12:00 UTC")->ns);
  EXPECT_EQ(summary_of(closed),
            "flagged: outside-window: is backup by executable, but may only 02:00-05:00 UTC and sun "
            "12:00-13:00 UTC");
}

}  // namespace
}  // namespace purposewatch
