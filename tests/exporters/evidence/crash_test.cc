// The writer is killed, or its disk fails, at every operation there is; what it has acknowledged stays.
#include <map>
#include <set>

#include "tests/exporters/evidence/log_fixture.h"

namespace purposewatch {
namespace {

LogSettings settings() {
  LogSettings settings = small_settings();
  settings.segment_bytes = 6'000;  // several segments, in this short a run
  settings.key_interval = std::chrono::seconds(3);
  return settings;
}

// What somebody has been told is safe.
struct Acknowledged {
  std::set<std::string> texts;
  std::map<std::uint64_t, Digest> heads;
};

// Commits as the agent does: some synced at once, some later.
void write_some(Storage& storage, Acknowledged& acknowledged, TestClock& clock, const std::string& run) {
  auto writer = LogWriter::open(storage, settings(), clock.now());
  if (!writer) return;
  std::set<std::string> waiting;
  for (int batch = 0; batch < 12; ++batch) {
    ++clock.seconds;
    std::vector<RecordDraft> drafts;
    for (int i = 0; i < 3; ++i) {
      const std::string text = R"({"n":")" + run + std::to_string(batch) + "." + std::to_string(i) + R"("})";
      waiting.insert(text);
      drafts.push_back(draft_of(text, R"({"client":"alice"})"));
    }
    const auto sync = batch % 3 == 1 ? LogWriter::Sync::kLater : LogWriter::Sync::kNow;
    const bool is_synced = (*writer)->commit(drafts, sync, clock.now());
    acknowledged.heads[(*writer)->synced().records] = (*writer)->synced().chain;
    if (!is_synced) continue;
    acknowledged.texts.merge(waiting);
    waiting.clear();
  }
  (*writer)->close(clock.now());
  acknowledged.heads[(*writer)->synced().records] = (*writer)->synced().chain;
}

void expect_all_there(Storage& storage, Acknowledged acknowledged, const std::string& when) {
  for (const ReadRecord& record : all_records(storage)) acknowledged.texts.erase(record.open);
  EXPECT_TRUE(acknowledged.texts.empty()) << when << ": lost " << *acknowledged.texts.begin();
  acknowledged.heads.erase(0);
  VerifyOptions options;
  options.on_record = [&](std::uint64_t sequence, const Digest& chain) {
    const auto head = acknowledged.heads.find(sequence);
    if (head == acknowledged.heads.end()) return;
    EXPECT_EQ(to_hex(head->second), to_hex(chain))
        << when << ": record " << sequence << " is another one now";
    acknowledged.heads.erase(head);
  };
  const LogReport report = report_of(storage, options);
  EXPECT_TRUE(report.is_sound()) << when << "\n" << problems_of(report);
  EXPECT_TRUE(acknowledged.heads.empty()) << when << ": no record " << acknowledged.heads.begin()->first;
}

std::size_t operations_of_a_run() {
  MemoryStorage storage;
  TestClock clock;
  Acknowledged acknowledged;
  write_some(storage, acknowledged, clock, "a");
  expect_all_there(storage, acknowledged, "undisturbed");
  EXPECT_EQ(acknowledged.texts.size(), 36U);
  return storage.operations;
}

enum class Fate { kKilled, kPowerCut };

void crash_everywhere(Fate fate, unsigned seeds) {
  const std::size_t operations = operations_of_a_run();
  EXPECT_GT(operations, 60U);
  for (std::size_t at = 0; at < operations && !testing::Test::HasFailure(); ++at)
    for (unsigned seed = 0; seed < seeds; ++seed) {
      const std::string when = "at operation " + std::to_string(at) + ", seed " + std::to_string(seed);
      MemoryStorage storage;
      TestClock clock;
      Acknowledged acknowledged;
      std::mt19937 random(seed * 7919 + static_cast<unsigned>(at));
      std::string last;
      storage.before = [&](std::size_t number, const std::string& what) -> Result<void> {
        last = what;
        if (number == at) throw Killed{};
        return {};
      };
      EXPECT_THROW(write_some(storage, acknowledged, clock, "a"), Killed) << when;
      storage.before = nullptr;
      if (fate == Fate::kPowerCut) storage.cut_power(random);
      write_some(storage, acknowledged, clock, "b");
      expect_all_there(storage, acknowledged, when + " (" + last + ")");
    }
}

TEST(LogCrash, KilledAtAnyOperationNothingAcknowledgedIsLost) {
  crash_everywhere(Fate::kKilled, 1);
}

TEST(LogCrash, WithThePowerCutAtAnyOperationNothingAcknowledgedIsLost) {
  crash_everywhere(Fate::kPowerCut, 4);
}

TEST(LogCrash, TwiceInARowNothingAcknowledgedIsLost) {
  const std::size_t operations = operations_of_a_run();
  for (unsigned seed = 0; seed < 100 && !testing::Test::HasFailure(); ++seed) {
    MemoryStorage storage;
    TestClock clock;
    Acknowledged acknowledged;
    std::mt19937 random(seed);
    for (const char* run : {"a", "b", "c"}) {
      const std::size_t at = storage.operations + random() % operations;
      storage.before = [at](std::size_t number, const std::string&) -> Result<void> {
        if (number == at) throw Killed{};
        return {};
      };
      try {
        write_some(storage, acknowledged, clock, run);
      } catch (const Killed&) {
        if (random() % 2 == 0) storage.cut_power(random);
      }
    }
    storage.before = nullptr;
    write_some(storage, acknowledged, clock, "d");
    expect_all_there(storage, acknowledged, "seed " + std::to_string(seed));
  }
}

TEST(LogFailure, OfAnyOperationIsSurvivedAndNothingIsWrittenToThatDescriptorAgain) {
  const std::size_t operations = operations_of_a_run();
  for (const std::size_t failures : {1U, 5U, 40U})
    for (std::size_t at = 0; at < operations && !testing::Test::HasFailure(); ++at) {
      const std::string when = std::to_string(failures) + " failures from operation " + std::to_string(at);
      MemoryStorage storage;
      TestClock clock;
      Acknowledged acknowledged;
      std::string failed_sync;
      storage.before = [&](std::size_t number, const std::string& what) -> Result<void> {
        if (what == failed_sync) ADD_FAILURE() << when << ": " << what << " once more";
        if (number < at || number >= at + failures) {
          if (what.rfind("rename", 0) == 0) failed_sync.clear();
          return {};
        }
        if (what.rfind("sync 0", 0) == 0) failed_sync = what;
        return fail("input/output error");
      };
      write_some(storage, acknowledged, clock, "a");
      storage.before = nullptr;
      std::mt19937 random(static_cast<unsigned>(at));
      storage.cut_power(random);
      write_some(storage, acknowledged, clock, "b");
      expect_all_there(storage, acknowledged, when);
    }
}

}  // namespace
}  // namespace purposewatch
