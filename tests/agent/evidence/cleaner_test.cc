#include "agent/evidence/cleaner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/evidence/agent_records.h"
#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/sample_findings.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using testing::HasSubstr;

// A directory whose operations fail from one of them on, as for a process that was killed there.
class FailingStorage final : public Storage {
 public:
  explicit FailingStorage(std::unique_ptr<Storage> disk) : disk_(std::move(disk)) {}
  std::size_t operations_left = SIZE_MAX;

  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Result<std::unique_ptr<StoredFile>> create(const std::string& name) override {
    if (auto fine = operate(); !fine) return tl::unexpected(fine.error());
    return wrapped(disk_->create(name));
  }
  Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
    return wrapped(disk_->open(name));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (auto fine = operate(); !fine) return fine;
    return disk_->rename(from, to);
  }
  Result<void> remove(const std::string& name) override {
    if (auto fine = operate(); !fine) return fine;
    return disk_->remove(name);
  }
  Result<void> sync_names() override {
    if (auto fine = operate(); !fine) return fine;
    return disk_->sync_names();
  }
  Result<Space> space() override { return disk_->space(); }

  Result<void> operate() {
    if (operations_left == 0) return fail("killed");
    --operations_left;
    return {};
  }

 private:
  class File final : public StoredFile {
   public:
    File(FailingStorage& all, std::unique_ptr<StoredFile> file) : all_(all), file_(std::move(file)) {}
    Result<void> append(Bytes bytes) override {
      if (auto fine = all_.operate(); !fine) return fine;
      return file_->append(bytes);
    }
    Result<void> write_at(std::uint64_t offset, Bytes bytes) override {
      if (auto fine = all_.operate(); !fine) return fine;
      return file_->write_at(offset, bytes);
    }
    Result<std::string> read(std::size_t bytes_max) override { return file_->read(bytes_max); }
    Result<std::string> read_at(std::uint64_t offset, std::size_t bytes_max) override {
      return file_->read_at(offset, bytes_max);
    }
    Result<std::uint64_t> size() override { return file_->size(); }
    Result<void> sync() override {
      if (auto fine = all_.operate(); !fine) return fine;
      return file_->sync();
    }
    bool reserve(std::uint64_t bytes) override { return file_->reserve(bytes); }
    void release() override { file_->release(); }
    bool is_in_place() override { return file_->is_in_place(); }

   private:
    FailingStorage& all_;
    std::unique_ptr<StoredFile> file_;
  };

  Result<std::unique_ptr<StoredFile>> wrapped(Result<std::unique_ptr<StoredFile>> opened) {
    if (!opened) return opened;
    return std::make_unique<File>(*this, std::move(*opened));
  }

  std::unique_ptr<Storage> disk_;
};

Finding about(const std::string& client) {
  Finding finding = flagged_read();
  finding.access.path = "/home/" + client + "/Maildir/cur/1";
  finding.verdict.client = client;
  Subject subject = *finding.subject;
  subject.args = {"cat", finding.access.path};
  finding.subject = std::make_shared<const Subject>(subject);
  return finding;
}

GrantEvent grant_for(std::vector<std::string> clients) {
  GrantEvent event;
  event.grant.id = "g-0123456789ab";
  event.grant.store = "client-mail";
  event.grant.clients = std::move(clients);
  event.wall_ns = flagged_read().wall_ns;
  return event;
}

class CleanerTest : public testing::Test {
 protected:
  void SetUp() override { start(); }

  void start(std::size_t segment_bytes = std::size_t{16} << 20U) {
    Recorder::Settings settings;
    settings.log = small_settings();
    settings.log.segment_bytes = segment_bytes;
    settings.clocks = [this] { return clocks(); };
    recorder_ = std::make_unique<Recorder>(*log_disk_, settings);
    recorder_->start();
  }
  // Records from now on are made by then.
  LogClocks clocks() const { return {boot_ns_.fetch_add(1'000'000'000), wall_ns_}; }

  void record(const Finding& finding) {
    recorder_->accept(finding);
    ASSERT_TRUE(recorder_->wait_until_synced(30s));
  }

  EvidenceCleaner::Surroundings surroundings(Recorder& recorder, const RetentionTimes& times) {
    return {.storage = disk_,
            .recorder = recorder,
            .times = times,
            .clocks = [this] { return clocks(); },
            .forget_copies = [this]() -> Result<void> {
              ++copies_forgotten_;
              return {};
            }};
  }
  EvidenceCleaner cleaner(RetentionTimes times = {}) {
    return EvidenceCleaner(surroundings(*recorder_, times));
  }
  static EvidenceCleaner::Request request(const std::string& client) {
    return {client, "REQUEST-7", "carol"};
  }

  // Whether it is anywhere in the directory.
  bool has(const std::string& text) const {
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
      if (read_file(entry.path()).find(text) != std::string::npos) return true;
    return false;
  }

  LogReport sound_report() {
    LogReport report = report_of(*log_disk_);
    EXPECT_TRUE(report.is_sound()) << problems_of(report);
    return report;
  }

  std::vector<json> texts(RecordKind kind) {
    std::vector<json> found;
    for (const ReadRecord& record : all_records(*log_disk_))
      if (record.kind == kind) found.push_back(json::parse(record.open, nullptr, false));
    return found;
  }

  const TempDir dir_;
  mutable std::atomic<std::uint64_t> boot_ns_ = 100'000'000'000;
  std::atomic<std::int64_t> wall_ns_ = flagged_read().wall_ns;
  std::unique_ptr<Storage> log_disk_ = storage_in(dir_.path());
  FailingStorage disk_{storage_in(dir_.path())};
  std::unique_ptr<Recorder> recorder_;
  std::atomic<int> copies_forgotten_ = 0;
};

TEST_F(CleanerTest, OfAClientNothingIsLeftAndOfOthersEverything) {
  record(about("bob"));
  record(about("bobby"));
  Finding by_himself = about("bob");
  Subject subject = *by_himself.subject;
  subject.user = "bob";
  by_himself.subject = std::make_shared<const Subject>(subject);
  record(by_himself);
  recorder_->note(grant_for({"bob", "bobby"}));
  recorder_->note(grant_for({"bob"}));
  ASSERT_TRUE(recorder_->wait_until_synced(30s));
  EvidenceCleaner cleaner = this->cleaner();
  const auto done = cleaner.erase_client(request("bob"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(cleaner.progress().records, 4U);
  EXPECT_EQ(copies_forgotten_, 1);
  recorder_->close();
  EXPECT_FALSE(has("/bob/"));
  EXPECT_FALSE(has("\"bob\""));
  EXPECT_TRUE(has("/bobby/"));
  EXPECT_EQ(sound_report().blanked, 4U);
  const json erasure = texts(RecordKind::kErasure).at(0);
  EXPECT_EQ(erasure["why"], "request");
  EXPECT_EQ(erasure["parts"], "personal");
  EXPECT_EQ(erasure["reference"], "REQUEST-7");
  EXPECT_EQ(erasure["by"], "carol");
  const auto grants = texts(RecordKind::kGrant);
  ASSERT_EQ(grants.size(), 3U);
  EXPECT_EQ(grants[2]["purposewatch"]["grant"], "g-0123456789ab");
  EXPECT_TRUE(grants[2]["purposewatch"]["repeats"].is_number());
  for (const ReadRecord& record : all_records(*log_disk_))
    if (record.open.find("\"repeats\"") != std::string::npos) {
      EXPECT_EQ(json::parse(record.personal)["purposewatch"]["clients"], json::array({"bobby"}));
    }
}

TEST_F(CleanerTest, HostileNamesAreFoundAsTheyAre) {
  for (const std::string client : {"b\xff\"\\\n", "*", "\\xff", "grün"}) {
    record(about(client));
    EvidenceCleaner cleaner = this->cleaner();
    ASSERT_TRUE(cleaner.erase_client(request(client)));
    EXPECT_EQ(cleaner.progress().records, 1U) << client;
  }
  sound_report();
}

TEST_F(CleanerTest, CutOffAnywhereItIsTakenUpAgain) {
  bool is_whole = false;
  for (std::size_t operations = 0; !is_whole; ++operations) {
    record(about("bob"));
    disk_.operations_left = operations;
    is_whole = cleaner().erase_client(request("bob")).has_value();
    disk_.operations_left = SIZE_MAX;
    EXPECT_TRUE(report_of(*log_disk_).is_sound()) << operations;
    ASSERT_TRUE(cleaner().take_up_again()) << operations;
    // Before the job was noted there is nothing to take up: whoever asked was told so, and asks again.
    if (!is_whole) {
      ASSERT_TRUE(cleaner().erase_client(request("bob")));
    }
    ASSERT_FALSE(has("/bob/")) << operations;
    ASSERT_LT(operations, 100U);
  }
  EXPECT_FALSE(std::filesystem::exists(dir_ / "erasing"));
  sound_report();
}

TEST_F(CleanerTest, NothingIsBlankedThatCouldNotBeRecorded) {
  record(about("bob"));
  recorder_->close();
  MemoryStorage broken;
  broken.before = [](auto, auto&) -> Result<void> { return fail("Input/output error"); };
  Recorder::Settings settings;
  settings.log = small_settings();
  settings.clocks = [this] { return clocks(); };
  Recorder recorder(broken, settings);
  recorder.start();
  EvidenceCleaner cleaner(surroundings(recorder, {}));
  EXPECT_THAT(cleaner.erase_client(request("bob")).error().message, HasSubstr("cannot be written"));
  EXPECT_TRUE(has("/bob/"));
}

TEST_F(CleanerTest, WhatIsOlderThanItMayBeIsBlankedByItsClass) {
  RetentionTimes times{};
  times[static_cast<std::size_t>(Retention::kGranted)] = 1h;
  Finding granted = about("bob");
  granted.verdict.outcome = Outcome::kGranted;
  record(granted);
  record(about("carl"));
  EvidenceCleaner cleaner = this->cleaner(times);
  ASSERT_TRUE(cleaner.apply_retention());
  EXPECT_TRUE(has("/bob/"));
  wall_ns_ += 3'601'000'000'000;
  ASSERT_TRUE(cleaner.apply_retention());
  EXPECT_FALSE(has("/bob/"));
  EXPECT_TRUE(has("/carl/"));
  EXPECT_EQ(sound_report().blanked, 1U);
  EXPECT_EQ(texts(RecordKind::kErasure).size(), 1U);
  ASSERT_TRUE(cleaner.apply_retention());
  EXPECT_EQ(texts(RecordKind::kErasure).size(), 1U) << "there was nothing to blank";
}

TEST_F(CleanerTest, SegmentsInWhichAllIsOverAreRemovedAndThatIsNoGap) {
  recorder_->close();
  start(2000);
  RetentionTimes times{};
  times.fill(1h);
  for (int i = 0; i < 20; ++i) record(about("bob"));
  const std::size_t before = list_segments(*log_disk_)->size();
  ASSERT_GT(before, 3U);
  wall_ns_ += 3'000'000'000'000;
  for (int i = 0; i < 3; ++i) {
    Finding later = about("carl");
    later.wall_ns = wall_ns_;
    record(later);
  }
  wall_ns_ += 700'000'000'000;
  ASSERT_TRUE(cleaner(times).apply_retention());
  EXPECT_LT(list_segments(*log_disk_)->size(), before);
  for (int i = 0; i < 3; ++i) record(about("carl"));  // it looks for its segments meanwhile
  recorder_->close();
  const LogReport report = sound_report();
  EXPECT_GT(report.first, 1U);
  EXPECT_TRUE(texts(RecordKind::kGap).empty()) << texts(RecordKind::kGap).at(0);
  const json removal = texts(RecordKind::kRemoval).at(0);
  EXPECT_EQ(removal["up_to"], report.first - 1);
  EXPECT_FALSE(has("/bob/"));
  EXPECT_TRUE(has("/carl/"));
}

TEST_F(CleanerTest, BlankingMoreThanWasSaidIsDamage) {
  record(about("bob"));
  ASSERT_TRUE(cleaner().erase_client(request("bob")));
  recorder_->close();
  sound_report();
  for (const ReadRecord& record : all_records(*log_disk_))
    if (record.kind == RecordKind::kFinding) {
      SequenceSet one;
      one.add(record.sequence);
      ASSERT_TRUE(blank_records(*log_disk_, {one, BlankedParts::kAll}));
    }
  EXPECT_THAT(problems_of(report_of(*log_disk_)),
              HasSubstr("was blanked, and no record that is signed says why"));
}

TEST_F(CleanerTest, EndsWithTheAgentAndIsTakenUpAtTheNextStart) {
  record(about("bob"));
  EvidenceCleaner ending = cleaner();
  ending.close();
  EXPECT_THAT(ending.erase_client(request("bob")).error().message, HasSubstr("cut off"));
  EXPECT_TRUE(has("/bob/"));
  // Also when it is recorded already.
  Erasure erasure;
  erasure.blanking.records.add(1);
  erasure.why = "request";
  for (RecordDraft& draft : erasure_records(erasure, clocks()))
    ASSERT_TRUE(recorder_->record(std::move(draft)));
  ASSERT_TRUE(recorder_->wait_until_synced(30s));
  EXPECT_FALSE(blank_records(disk_, erasure.blanking, [] { return false; }));
  dir_.write("erasing", R"({"after": 1})");
  ASSERT_TRUE(cleaner().take_up_again());
  EXPECT_FALSE(has("/bob/"));
  sound_report();
}

TEST_F(CleanerTest, ANoteOfAJobThatNoRecordSpeaksOfBlanksNothing) {
  record(about("bob"));
  dir_.write("erasing", R"({"after": 0, "why": "request", "parts": "all", "records": "1-99"})");
  ASSERT_TRUE(cleaner().take_up_again());
  EXPECT_TRUE(has("/bob/"));
  for (const char* text : {"", "[]", "{}", R"({"after": "x"})"}) {
    dir_.write("erasing", text);
    EXPECT_FALSE(cleaner().take_up_again()) << text;
    EXPECT_FALSE(cleaner().erase_client(request("carl"))) << "over one that is not done";
  }
}

TEST_F(CleanerTest, WhatIsStillOnItsWayIsErasedToo) {
  Finding granted = about("bob");
  granted.verdict.outcome = Outcome::kGranted;
  recorder_->accept(granted);
  EvidenceCleaner cleaner = this->cleaner();
  ASSERT_TRUE(cleaner.erase_client(request("bob")));
  EXPECT_EQ(cleaner.progress().records, 1U);
  EXPECT_FALSE(has("/bob/"));
}

TEST_F(CleanerTest, ATimeAheadOfTheClockMakesNothingOld) {
  record(about("bob"));
  RetentionTimes times{};
  times[static_cast<std::size_t>(Retention::kFlagged)] = 24h;
  dir_.write("cleaned", R"({"flagged": 9000000000000000000, "granted": 9000000000000000000})");
  ASSERT_TRUE(cleaner(times).apply_retention());
  EXPECT_TRUE(has("/bob/"));
  wall_ns_ += 90'000'000'000'000;
  ASSERT_TRUE(cleaner(times).apply_retention());
  EXPECT_FALSE(has("/bob/"));
}

TEST_F(CleanerTest, ItsThreadDoesOneRequestAtATime) {
  record(about("bob"));
  EvidenceCleaner cleaner = this->cleaner();
  cleaner.start();
  EXPECT_FALSE(cleaner.erase({"", "REQUEST-7", "carol"}));
  EXPECT_FALSE(cleaner.erase({"bob", "", "carol"}));
  ASSERT_TRUE(cleaner.erase(request("bob")));
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  const auto is_over = [&] {
    const auto state = cleaner.progress().state;
    return state == EvidenceCleaner::State::kDone || state == EvidenceCleaner::State::kFailed;
  };
  while (!is_over() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(cleaner.progress().state, EvidenceCleaner::State::kDone) << cleaner.progress().error;
  EXPECT_EQ(cleaner.progress().records, 1U);
  cleaner.close();
  EXPECT_FALSE(has("/bob/"));
}

}  // namespace
}  // namespace purposewatch
