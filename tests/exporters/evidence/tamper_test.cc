// Somebody changes the log: every bit of it, and every way of taking records out, doubling, moving and
// cutting off.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/exporters/evidence/log_fixture.h"

namespace purposewatch {
namespace {

bool is_night() {
  return std::getenv("PURPOSEWATCH_NIGHTLY") != nullptr;
}

struct Place {
  std::uint64_t sequence = 0;  // 0: the header
  std::size_t offset = 0, bytes = 0;
};

// One segment of about that size, closed as it should be.
class WrittenLog {
 public:
  explicit WrittenLog(std::size_t bytes, std::size_t text_bytes = 200, int checkpoint_seconds = 5) {
    LogSettings settings = small_settings();
    settings.checkpoint_interval = std::chrono::seconds(checkpoint_seconds);
    auto writer = LogWriter::open(storage_, settings, clock_.now());
    EXPECT_TRUE(writer);
    for (int i = 0; size() + 1'500 < bytes; ++i) {
      ++clock_.seconds;
      (*writer)->commit(
          std::vector{draft_of(R"({"n":)" + std::to_string(i) + "," + std::string(text_bytes, ' ') + "}",
                               R"({"client":"alice"})")},
          LogWriter::Sync::kNow, clock_.now());
    }
    (*writer)->close(clock_.now());
    SegmentScan scan(bytes_of(bytes_()));
    places_.push_back({0, 0, 0});
    while (const auto record = scan.next()) {
      if (places_.size() == 1) places_[0].bytes = record->offset;
      places_.push_back({record->frame.sequence, record->offset, record->frame.record_bytes()});
    }
  }

  std::string& bytes_() { return storage_.names.at(segment_name(1))->bytes; }
  std::size_t size() { return storage_.names.count(segment_name(1)) ? bytes_().size() : 0; }
  const std::vector<Place>& places() const { return places_; }
  std::string record(std::size_t number) {
    return bytes_().substr(places_[number].offset, places_[number].bytes);
  }

  // A copy that can be changed.
  MemoryStorage with(const std::string& bytes) const {
    MemoryStorage copy;
    for (const auto& [name, inode] : storage_.names) {
      copy.names[name] = std::make_shared<MemoryStorage::Inode>(*inode);
      if (name == segment_name(1)) copy.names[name]->bytes = bytes;
    }
    return copy;
  }

 private:
  MemoryStorage storage_;
  TestClock clock_;
  std::vector<Place> places_;
};

void expect_found(WrittenLog& log, const std::string& bytes, std::uint64_t sequence,
                  const std::string& what) {
  MemoryStorage copy = log.with(bytes);
  const LogReport report = report_of(copy);
  EXPECT_FALSE(report.is_sound()) << what;
  const bool is_located = std::any_of(report.problems.begin(), report.problems.end(),
                                      [&](const LogProblem& one) { return one.sequence == sequence; });
  EXPECT_TRUE(is_located) << what << ", at record " << sequence << ":\n" << problems_of(report);
}

TEST(LogTampering, OfEveryRecordIsFoundAndLocated) {
  WrittenLog log(40'000);
  const std::string original = log.bytes_();
  const auto& places = log.places();
  ASSERT_GT(places.size(), 40U);
  for (std::size_t i = 1; i < places.size() && !HasFailure(); ++i) {
    const std::string name = "record " + std::to_string(i);
    const std::string before = original.substr(0, places[i].offset),
                      after = original.substr(places[i].offset);
    expect_found(log, before + after.substr(places[i].bytes), i, name + " taken out");
    expect_found(log, before + log.record(i) + after, i, name + " doubled");
    expect_found(log, before, i, "cut off before " + name);
    if (i + 1 >= places.size()) continue;
    const std::string swapped = log.record(i + 1) + log.record(i);
    expect_found(log, before + swapped + after.substr(swapped.size()), i, name + " swapped with the next");
    expect_found(log, before + log.record(i + 1) + after, i, "the next put in before " + name);
    expect_found(log, original + log.record(i), i, name + " once more at the end");
    std::string blank = original;
    std::fill_n(blank.begin() + static_cast<std::ptrdiff_t>(places[i].offset + kFrameBytes),
                places[i].bytes - kFrameBytes, '\0');
    expect_found(log, blank, i, name + " blanked");
  }
}

// All but the signature can be made anew by whoever knows the format.
TEST(LogTampering, ARewrittenLogLacksTheSignature) {
  WrittenLog log(20'000);
  MemoryStorage forged;
  TestClock clock;
  auto writer = LogWriter::open(forged, small_settings(), clock.now());
  ASSERT_TRUE(writer);
  (*writer)->commit(std::vector{draft_of(R"({"n":"all is well"})")}, LogWriter::Sync::kNow, clock.now());
  (*writer)->close(clock.now());
  ASSERT_TRUE(report_of(forged).is_sound());
  VerifyOptions options;
  MemoryStorage copy = log.with(log.bytes_());
  options.first_key = report_of(copy).first_key;
  EXPECT_TRUE(report_of(copy, options).is_sound());
  EXPECT_EQ(report_of(forged, options).problems.at(0).what,
            "the log begins with another key than the one that is known");
}

// The thief has the key that is in use, and changes what an older one has signed.
TEST(LogTampering, WhoHasTheKeyInUseCannotSignAgainWhatIsOlder) {
  MemoryStorage storage;
  TestClock clock;
  LogSettings settings = small_settings();
  auto writer = LogWriter::open(storage, settings, clock.now());
  ASSERT_TRUE(writer);
  for (int i = 0; i < 200; ++i) {
    ++clock.seconds;
    (*writer)->commit(std::vector{draft_of(R"({"n":)" + std::to_string(i) + "}")}, LogWriter::Sync::kNow,
                      clock.now());
  }
  const std::string original = storage.names.at(segment_name(1))->bytes;
  const auto stolen = KeyFile(storage).newest();
  ASSERT_TRUE(stolen);
  EXPECT_GE(stolen->number, 3U);
  EXPECT_GE(stolen->records, 200U);  // made less than a minute ago

  // From record 10 on the same, but for one text; every checkpoint signed with what the thief has.
  std::string forged;
  SegmentScan scan(bytes_of(original));
  LogHead head;
  MerkleTree tree;
  while (const auto record = scan.next()) {
    if (forged.empty()) forged = original.substr(0, record->offset);
    if (record->frame.sequence < 10) {
      forged += original.substr(record->offset, record->frame.record_bytes());
      head = {record->frame.sequence, record->frame.chain};
      tree.add(head.chain);
      continue;
    }
    RecordDraft draft = draft_of(std::string(text_of_part(record->open)));
    draft.kind = record->frame.kind;
    if (record->frame.sequence == 10) draft.open = R"({"n":"nothing happened"})";
    if (draft.kind == RecordKind::kCheckpoint) {
      Checkpoint checkpoint{settings.host_id, head.records,   tree.root(),
                            head.chain,       stolen->number, std::nullopt};
      draft.open = signed_note(checkpoint, stolen->key);
    }
    const std::array<std::uint8_t, 2 * kSaltBytes> salts{};
    const Frame frame = append_record(forged, draft, head.records + 1, settings.boot_id, head.chain, salts);
    head = {frame.sequence, frame.chain};
    tree.add(head.chain);
  }
  MemoryStorage copy;
  for (const auto& [name, inode] : storage.names)
    copy.names[name] = std::make_shared<MemoryStorage::Inode>(*inode);
  copy.names.at(segment_name(1))->bytes = forged;
  ASSERT_TRUE(write_log_head(copy, head));
  const LogReport report = report_of(copy);
  EXPECT_FALSE(report.is_sound());
  EXPECT_EQ(report.problems.at(0).what.substr(0, 14), "the checkpoint");
  EXPECT_LT(report.signed_up_to, 10U);
}

TEST(LogTampering, EverySingleBitIsFoundAndLocated) {
  // All of 64 KiB take minutes; at night there are some.
  const std::size_t size = is_night() ? 64 * 1024 : 5 * 1024;
  WrittenLog log(size, is_night() ? 2'000 : 300, 1'000);
  const std::string original = log.bytes_();
  ASSERT_GT(original.size(), size - 3'000);
  {
    MemoryStorage copy = log.with(original);
    ASSERT_TRUE(report_of(copy).is_sound()) << problems_of(report_of(copy));
  }
  std::atomic<std::size_t> next_place = 0;
  std::atomic<int> failures = 0;
  const auto flip_all = [&] {
    MemoryStorage copy = log.with(original);
    std::string& bytes = copy.names.at(segment_name(1))->bytes;
    for (std::size_t i = next_place++; i < log.places().size() && failures == 0; i = next_place++) {
      const Place& place = log.places()[i];
      for (std::size_t bit = place.offset * 8; bit < (place.offset + place.bytes) * 8 && failures == 0;
           ++bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        const LogReport report = report_of(copy);
        const bool is_located =
            std::any_of(report.problems.begin(), report.problems.end(), [&](const auto& one) {
              return one.sequence == place.sequence && one.offset >= place.offset &&
                     one.offset < place.offset + place.bytes;
            });
        if (report.is_sound() || !is_located) {
          ++failures;
          ADD_FAILURE() << "bit " << bit << " of record " << place.sequence << ": " << problems_of(report);
        }
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(flip_all);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace purposewatch
