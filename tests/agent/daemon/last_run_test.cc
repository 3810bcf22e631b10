#include "agent/daemon/last_run.h"

#include <gtest/gtest.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

TEST(LastRun, ThatWasCutOffByTheEndOfItsBootIsKnown) {
  const TempDir dir;
  EXPECT_FALSE(LastRun(dir.path(), "a").cut_off_wall_ns()) << "there was none";
  EXPECT_FALSE(LastRun(dir.path(), "a").knows_run_before());
  LastRun(dir.path(), "a").is_alive(17);
  EXPECT_FALSE(LastRun(dir.path(), "a").cut_off_wall_ns()) << "the host has not been down";
  EXPECT_FALSE(LastRun(dir.path(), "a").knows_run_before());
  EXPECT_EQ(LastRun(dir.path(), "b").cut_off_wall_ns(), 17);
  LastRun(dir.path(), "b").is_told_to_stop(20);
  EXPECT_EQ(LastRun(dir.path(), "b").cut_off_wall_ns(), 17) << "as long as this boot lasts";
  EXPECT_TRUE(LastRun(dir.path(), "b").knows_run_before());
  LastRun(dir.path(), "a").is_told_to_stop(18);
  EXPECT_FALSE(LastRun(dir.path(), "b").cut_off_wall_ns());
}

TEST(LastRun, AFileThatIsNoneSaysNothing) {
  const TempDir dir;
  for (const char* text : {"", "[]", "{}", R"({"boot_id": 1, "alive_wall_ns": 2, "stopped": false})",
                           R"({"boot_id": "a", "alive_wall_ns": "2", "stopped": false})",
                           R"({"boot_id": "a", "alive_wall_ns": 1e300, "stopped": false})"}) {
    dir.write("last-run.json", text);
    EXPECT_FALSE(LastRun(dir.path(), "b").cut_off_wall_ns()) << text;
  }
}

}  // namespace
}  // namespace purposewatch
