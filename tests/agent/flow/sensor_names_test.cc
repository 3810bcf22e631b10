#include "agent/flow/sensor_names.h"

#include <gtest/gtest.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

SensorNames all_of_it() {
  SensorNames names;
  names.instance = UINT64_MAX;
  names.pin_name = "lsm-0123";
  names.interface = "abc";
  names.boot_id = "6f1c";
  names.began_boot_ns = 7;
  names.programs = {"/usr/bin/a", "/usr/bin/\xff\x01"};
  names.scripts = {2};
  names.counters = {{"mail", "imap", "1", "requested-service", AccessKind::kRename}};
  names.stores = {"web", "mail"};
  names.generations = {{4, {"mail"}, {"/", "/var"}}, {5, {"mail", "web"}, {"/", "/srv\xe9"}}};
  names.marks[{1, 2, 3}] = "/var/vmail/\xc3\x28";
  return names;
}

TEST(SensorNames, AreReadAsTheyWereWritten) {
  const TempDir dir;
  ASSERT_TRUE(write_sensor_names(dir / "names", all_of_it()));
  const auto read = read_sensor_names(dir / "names");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, all_of_it());
}

TEST(SensorNames, NeedNotBeThereButAreNoGarbage) {
  const TempDir dir;
  const auto none = read_sensor_names(dir / "names");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  for (const char* garbage : {"", "{", "[1]", "[{\"instance\": \"x\"}]", "[{\"instance\": 1}]"}) {
    dir.write("names", garbage);
    EXPECT_FALSE(read_sensor_names(dir / "names")) << garbage;
  }
}

}  // namespace
}  // namespace purposewatch
