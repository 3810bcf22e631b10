#include "agent/flow/counted_file.h"

#include <gtest/gtest.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

TEST(CountedFile, HoldsWhatWasPutIntoIt) {
  const TempDir dir;
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  Limits::Counted one{.key = "permit a by user b",
                      .clients = {{"mail/al", 1}, {all_bytes, 2}},
                      .accesses = {{3, 4}},
                      .days = {5}};
  ASSERT_TRUE(write_counted(dir / "limits", {one, {}}));
  const auto read = read_counted(dir / "limits");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).key, one.key);
  EXPECT_EQ(read->at(0).clients, one.clients);
  EXPECT_EQ(read->at(0).accesses, one.accesses);
  EXPECT_EQ(read->at(0).days, one.days);
}

TEST(CountedFile, NeedNotBeThereButIsNoGarbage) {
  const TempDir dir;
  const auto none = read_counted(dir / "limits");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  for (const char* garbage : {"", "{", "[1]", "[{\"key\": 1}]",
                              "[{\"key\": \"k\", \"clients\": [[1, 2]], \"accesses\": [], \"days\": []}]",
                              // What no clock has shown, and could not be calculated with.
                              "[{\"key\": \"k\", \"clients\": [[\"c\", -9223372036854775808]], "
                              "\"accesses\": [], \"days\": []}]",
                              "[{\"key\": \"k\", \"clients\": [], \"accesses\": [[9223372036854775807, 1]], "
                              "\"days\": []}]",
                              "[{\"key\": \"k\", \"clients\": [], \"accesses\": [], \"days\": [1e300]}]"}) {
    dir.write("limits", garbage);
    EXPECT_FALSE(read_counted(dir / "limits")) << garbage;
  }
}

}  // namespace
}  // namespace purposewatch
