#include "rules/base/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace purposewatch {
namespace {

TEST(Glob, StarStandsForAnyRunOfBytesAlsoNone) {
  EXPECT_TRUE(glob_matches("dovecot.index*", "dovecot.index"));
  EXPECT_TRUE(glob_matches("dovecot.index*", "dovecot.index.cache"));
  EXPECT_TRUE(glob_matches("a*b*c", "a--b--b--c"));
  EXPECT_TRUE(glob_matches("*.log", ".log"));
  EXPECT_FALSE(glob_matches("*.log", "a.log.1"));
  EXPECT_FALSE(glob_matches("a*a", "a"));
  EXPECT_FALSE(glob_matches("abc", "abcd"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("", ""));
}

TEST(Glob, NoOtherCharacterIsSpecial) {
  EXPECT_FALSE(glob_matches("a?c", "abc"));
  EXPECT_FALSE(glob_matches("[ab]", "a"));
  EXPECT_TRUE(glob_matches("[ab]\\", "[ab]\\"));
}

TEST(Glob, ManyStarsOnALongTextTakeNoTimeWorthMentioning) {
  std::string glob;
  for (int i = 0; i < 60; ++i) glob += "a*";
  EXPECT_FALSE(glob_matches(glob + "b", std::string(255, 'a')));
}

TEST(Glob, TwoMeetWhenSomeTextMatchesBoth) {
  EXPECT_TRUE(globs_meet("a*", "*b"));
  EXPECT_TRUE(globs_meet("mail", "m*l"));
  EXPECT_FALSE(globs_meet("a*", "b*"));
  EXPECT_FALSE(globs_meet("*.log", "*.gz"));
  EXPECT_TRUE(globs_meet("*.log*", "*.gz"));
}

std::string random_text(std::mt19937& random, const std::string& alphabet) {
  std::string text;
  const std::size_t length = std::uniform_int_distribution<std::size_t>(1, 5)(random);
  for (std::size_t i = 0; i < length; ++i)
    text += alphabet[std::uniform_int_distribution<std::size_t>(0, alphabet.size() - 1)(random)];
  return text;
}

TEST(Glob, MeetingAndCoveringAgreeWithMatching) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    const std::string a = random_text(random, "ab*"), b = random_text(random, "ab*");
    const std::string text = random_text(random, "ab");
    const bool in_a = glob_matches(a, text), in_b = glob_matches(b, text);
    EXPECT_TRUE(globs_meet(a, b) || !(in_a && in_b)) << a << " and " << b << " share " << text;
    EXPECT_TRUE(in_a || !(glob_covers(a, b) && in_b)) << a << " covers " << b << " but not " << text;
  }
}

}  // namespace
}  // namespace purposewatch
