#include "agent/daemon/policy_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

RuleSet rules_of(std::uint64_t serial, const std::string& digest) {
  RuleSet rules;
  rules.serial = serial;
  rules.identity.digest = digest;
  return rules;
}

TEST(PolicySerials, OnlyGoForward) {
  const TempDir dir;
  const PolicySerial serial(dir.path());
  EXPECT_TRUE(serial.may_take(rules_of(1, "a"))) << "there was none before";
  ASSERT_TRUE(serial.remember(rules_of(7, "a")));
  const PolicySerial next(dir.path());
  EXPECT_TRUE(next.may_take(rules_of(7, "a"))) << "the same again";
  EXPECT_TRUE(next.may_take(rules_of(8, "b")));
  EXPECT_EQ(next.may_take(rules_of(6, "a")).error().message,
            "the policy's serial is 6, and 7 was in force already");
  EXPECT_THAT(next.may_take(rules_of(7, "b")).error().message, HasSubstr("another policy of the serial 7"));
}

TEST(PolicySerials, TakeNothingWhenTheFileSaysNothing) {
  const TempDir dir;
  for (const char* text : {"", "{}", "[7]", R"({"serial": -1, "digest": "a"})", R"({"serial": 7})"}) {
    dir.write("policy-serial.json", text);
    EXPECT_FALSE(PolicySerial(dir.path()).may_take(rules_of(7, "a"))) << text;
  }
  std::filesystem::remove(dir / "policy-serial.json");
  std::filesystem::create_symlink("/dev/null", dir / "policy-serial.json");
  EXPECT_FALSE(PolicySerial(dir.path()).may_take(rules_of(7, "a")));
}

TEST(PolicySource, WithAKeyThatOthersCouldExchangeDoesNotBegin) {
  const TempDir dir;
  dir.write("key.pub", "-----BEGIN PUBLIC KEY-----\n");
  ASSERT_EQ(chmod((dir / "key.pub").c_str(), 0666), 0);
  PolicySource source({dir.path()}, dir / "key.pub", dir.path());
  EXPECT_THAT(source.open().error().message, HasSubstr("others could exchange the policy's key, "));
  ASSERT_EQ(chmod((dir / "key.pub").c_str(), 0644), 0);
  EXPECT_THAT(source.open().error().message, HasSubstr("key.pub is no public key in PEM"));
  std::filesystem::remove(dir / "key.pub");
  EXPECT_FALSE(source.open());
  EXPECT_TRUE(PolicySource({dir.path()}, "", dir.path()).open());
}

}  // namespace
}  // namespace purposewatch
