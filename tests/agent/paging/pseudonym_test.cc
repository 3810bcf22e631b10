#include "agent/paging/pseudonym.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Pseudonyms, AreTheSameForTheSameNameAndTellNothingOfIt) {
  const Pseudonyms names(std::string(32, 'k'));
  EXPECT_THAT(names.of_client("alice"), MatchesRegex("client-[0-9a-f]{12}"));
  EXPECT_EQ(names.of_client("alice"), names.of_client("alice"));
  EXPECT_NE(names.of_client("alice"), names.of_client("alicf"));
  // printf alice | openssl mac -digest SHA256 -macopt key:kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk HMAC
  EXPECT_EQ(names.of_client("alice"), "client-6664a42048c6");
  EXPECT_NE(Pseudonyms(std::string(32, 'l')).of_client("alice"), names.of_client("alice")) << "another host";
}

TEST(Pseudonyms, KeepTheirKey) {
  const TempDir dir;
  const std::string file = dir / "pseudonym.key";
  const auto first = Pseudonyms::open(file);
  ASSERT_TRUE(first) << first.error().message;
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto second = Pseudonyms::open(file);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->of_client("alice"), first->of_client("alice"));
}

TEST(Pseudonyms, AFileThatIsNoKeyIsNotReplaced) {
  const TempDir dir;
  const std::string file = dir.write("pseudonym.key", "short");
  EXPECT_THAT(Pseudonyms::open(file).error().message, HasSubstr("holds no key"));
  EXPECT_EQ(read_file(file), "short");
}

}  // namespace
}  // namespace purposewatch
