#include "agent/flow/copies_file.h"

#include <gtest/gtest.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

TEST(CopiesFile, HoldsWhatWasPutIntoIt) {
  const TempDir dir;
  std::string all_bytes = "/tmp/";
  for (int byte = 1; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  const std::vector<DerivedFile> copies = {{{1, 2, 3}, all_bytes, {"mail", "web"}},
                                           {{UINT64_MAX, UINT32_MAX, UINT32_MAX}, "", {}}};
  ASSERT_TRUE(write_copies(dir / "copies", copies));
  const auto read = read_copies(dir / "copies");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, copies);
}

TEST(CopiesFile, NeedNotBeThereButIsNoGarbage) {
  const TempDir dir;
  const auto none = read_copies(dir / "copies");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  for (const char* garbage : {"", "{", "[1]", "[{\"inode\": \"x\"}]", "[{\"inode\": 1, \"device\": 2}]",
                              "[{\"inode\": 1, \"device\": 4294967296, \"generation\": 1, \"stores\": [], "
                              "\"path\": \"/a\"}]"}) {
    dir.write("copies", garbage);
    EXPECT_FALSE(read_copies(dir / "copies")) << garbage;
  }
}

}  // namespace
}  // namespace purposewatch
