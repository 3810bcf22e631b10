// The data line as far as it goes without a kernel: no policy is ever installed here, since PolicyTables
// fills real maps. What a policy makes of an access is tested with a real one (tests/kernel).
#include "agent/flow/pipeline.h"

#include <gtest/gtest.h>

#include "tests/agent/kernel/record_bytes.h"

namespace purposewatch {
namespace {

class CountingSink final : public Sink {
 public:
  void accept(const Finding&) override { ++findings; }
  void flush() override { ++flushes; }
  int findings = 0, flushes = 0;
};

class WithoutAPolicy : public testing::Test {
 protected:
  // Room where a sensor would be: before a policy is installed nothing reads it.
  alignas(Sensor) std::byte no_sensor_[sizeof(Sensor)]{};
  Sensor& sensor_ = reinterpret_cast<Sensor&>(no_sensor_);
  Marks marks_{sensor_};
  Underneath underneath_{sensor_, marks_};
  PolicyTables tables_{sensor_, marks_};
  ProgramNumbers numbers_;
  Programs programs_{sensor_, numbers_};
  MountChanges mounts_{"/proc/self/mountinfo"};
  DerivedFiles derived_{sensor_};
  Tally tally_;
  CountingSink sink_;
  // The record's program is one of the policy's, so that nobody asks the kernel for it.
  const std::uint32_t program_ = (numbers_.number("/a"), numbers_.number("/b"), numbers_.number("/imap"));
  Pipeline pipeline_{{&tables_,
                      &numbers_,
                      &programs_,
                      &marks_,
                      &underneath_,
                      &mounts_,
                      &derived_,
                      &tally_,
                      {&sink_},
                      nullptr,
                      {}},
                     "lsm",
                     nullptr};

  std::uint64_t lost(const std::string& stage) const {
    Health health;
    tally_.report(health);
    for (const StageLoss& loss : health.lost)
      if (loss.stage == stage) return loss.value;
    return 0;
  }
};

TEST_F(WithoutAPolicy, BytesThatAreNoRecordAreCountedAndGoNowhere) {
  pipeline_.begin_batch();
  pipeline_.take({});
  pipeline_.take(std::vector<std::byte>(7, std::byte{0xff}));
  auto raw = access_record();
  raw.access.kinds = 0;
  pipeline_.take(record_bytes(raw));
  pipeline_.end_batch();
  EXPECT_EQ(lost("decode"), 3U);
  EXPECT_EQ(lost("orphan"), 0U);
  EXPECT_EQ(sink_.findings, 0);
}

TEST_F(WithoutAPolicy, EveryAccessOfAnOrphanIsCounted) {
  pipeline_.begin_batch();
  pipeline_.take(record_bytes(process_record()));
  pipeline_.take(record_bytes(access_record()));  // a read and a write: two accesses
  pipeline_.end_batch();
  EXPECT_EQ(lost("orphan"), 2U);
  EXPECT_EQ(lost("decode"), 0U);
  EXPECT_EQ(sink_.findings, 0);
}

TEST_F(WithoutAPolicy, ABatchEndsWithAFlushOfEverySink) {
  CountingSink late;
  pipeline_.add_sink(&late);
  pipeline_.begin_batch();
  pipeline_.end_batch();
  EXPECT_EQ(sink_.flushes, 1);
  EXPECT_EQ(late.flushes, 1);
}

TEST(WallMinusBoot, IsTheMomentOfBoot) {
  timespec wall{}, boot{};
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_BOOTTIME, &boot);
  const double expected = static_cast<double>(wall.tv_sec - boot.tv_sec);
  EXPECT_NEAR(static_cast<double>(wall_minus_boot_ns()) / 1e9, expected, 60.0);
}

}  // namespace
}  // namespace purposewatch
