#include "agent/storage/mount_info.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "agent/storage/octal_escapes.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using Options = std::vector<std::string>;

TEST(MountInfo, SaysWhereTheBytesAre) {
  const auto mounts = read_mount_info(
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 - ext3 /dev/ro\\040ot "
      "rw,errors=con\\054tinue\n"
      "37 35 0:5 / /a\\040-\\040b rw - tmpfs none rw");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].id, 36U);
  EXPECT_EQ(mounts[0].device, makedev(98, 0));
  EXPECT_EQ(mounts[0].type, "ext3");
  EXPECT_EQ(mounts[0].source, "/dev/ro ot");
  EXPECT_EQ(mounts[0].super_options, (Options{"rw", "errors=con,tinue"}));
  EXPECT_EQ(mounts[1].device, makedev(0, 5));
  EXPECT_EQ(mounts[1].type, "tmpfs");
  EXPECT_EQ(mounts[1].super_options, Options{"rw"});
}

TEST(MountInfo, LeavesOutWhatIsNoLineOfLinux) {
  for (const char* line : {"", "\n\n", "36", "36 35", "36 35 98:0", "x 35 98:0 / / rw - ext3 /dev/a rw",
                           "36 35 98 / / rw - ext3 /dev/a rw", "36 35 98:0 / / rw ext3 /dev/a rw",
                           "-1 35 98:0 / / rw - ext3 /dev/a rw", " - - - "})
    EXPECT_TRUE(read_mount_info(line).empty()) << line;
  // An empty source is possible: mount -t tmpfs "" /mnt
  const auto mounts = read_mount_info("36 35 0:7 / / rw - tmpfs  rw\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].source, "");
  EXPECT_EQ(mounts[0].super_options, Options{"rw"});
}

TEST(MountInfo, ReadsEveryLineOfThisHost) {
  const std::string text = read_file("/proc/self/mountinfo");
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(static_cast<std::ptrdiff_t>(read_mount_info(text).size()),
            std::count(text.begin(), text.end(), '\n'));
}

TEST(OctalEscapes, AreTakenBackAndNothingElse) {
  EXPECT_EQ(without_octal_escapes("a\\040b\\012\\134\\377"), "a b\n\\\xff");
  for (const char* plain : {"", "\\", "\\04", "\\08x", "\\400", "\\x20", "a\\"})
    EXPECT_EQ(without_octal_escapes(plain), plain);
  EXPECT_EQ(without_octal_escapes("\\134040"), "\\040");
}

}  // namespace
}  // namespace purposewatch
