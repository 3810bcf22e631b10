#include "agent/storage/swaps.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using Areas = std::vector<SwapArea>;

TEST(Swaps, AreDevicesAndFiles) {
  EXPECT_EQ(read_swaps("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
                       "/dev/dm-1                               partition\t7812092\t\t0\t\t-2\n"
                       "/srv/swap\\040file                        file\t\t1048572\t\t0\t\t-3\n"
                       "/gone\\040(deleted) file\t1048572 0 -4"),
            (Areas{{"/dev/dm-1", false}, {"/srv/swap file", true}, {"/gone (deleted)", true}}));
}

TEST(Swaps, LeaveOutWhatIsNoLineOfLinux) {
  for (const char* text : {"", "\n", "Filename Type", "/dev/sda1", "/dev/sda1 \n", "/dev/sda1 other 1 0 -2",
                           "sda1 partition 1 0 -2", "\t\t\n   "})
    EXPECT_EQ(read_swaps(text), Areas{}) << text;
}

TEST(Swaps, OfThisHostAreOneForEachLineBelowTheHeading) {
  const std::string text = read_file("/proc/swaps");
  if (text.empty()) GTEST_SKIP() << "this kernel has no swap";
  EXPECT_EQ(static_cast<std::ptrdiff_t>(read_swaps(text).size()),
            std::count(text.begin(), text.end(), '\n') - 1);
}

}  // namespace
}  // namespace purposewatch
