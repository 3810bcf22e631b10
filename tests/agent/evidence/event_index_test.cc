#include "agent/evidence/event_index.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/agent/evidence/indexed_log.h"

namespace purposewatch {
namespace {

class EventIndexTest : public IndexedLog {
 protected:
  std::string directory() const { return index_directory(dir_.path()); }
  std::vector<std::string> files() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory())) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  static void put(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  bool any_file_has(const std::string& text) const {
    for (const std::string& path : files())
      if (read_file(path).find(text) != std::string::npos) return true;
    return false;
  }
  static uid_t owner_of(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_uid : ~0U;
  }
  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
};

TEST_F(EventIndexTest, IsOneFileForASegmentAndClosedToOthers) {
  write_many(300);
  looked_up({});
  EXPECT_EQ(files().size(), list_segments(storage_)->size());
  EXPECT_EQ(mode_of(directory()), 0700U);
  for (const std::string& path : files()) EXPECT_EQ(mode_of(path), 0600U) << path;
}

TEST_F(EventIndexTest, IsMadeOnceAndOfWhatHasGrownAnew) {
  write_many(300);
  looked_up({});
  const auto before = files();
  std::map<std::string, ino_t> inodes;
  const auto inode_of = [](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
  };
  for (const std::string& path : before) inodes[path] = inode_of(path);
  write(1);
  looked_up({});
  std::size_t kept = 0;
  for (const std::string& path : before) kept += inodes[path] == inode_of(path) ? 1 : 0;
  EXPECT_EQ(kept, before.size() - 1) << "all but the segment that is written";
}

// Whatever becomes of its bytes: answers are those of the log.
TEST_F(EventIndexTest, IsMadeAnewWhereItsFilesAreNotWhatTheyWere) {
  write_many(60);
  const EventQuery query = of(EventKey::kClient, "client00000");
  const Sequences expected = scanned(query);
  ASSERT_EQ(looked_up(query), expected);
  const std::string path = files().front(), whole = read_file(path);
  for (std::size_t at = 0; at < whole.size(); at += at < 100 ? 1 : 37) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    put(path, damaged);
    ASSERT_EQ(looked_up(query), expected) << "byte " << at;
    ASSERT_EQ(read_file(path), whole) << "byte " << at;
  }
  for (const std::string& other :
       {std::string(), std::string("PWINDEX1"), std::string("PWINDEX0") + whole.substr(8),
        whole.substr(0, whole.size() / 2), whole + "x", std::string("SQLite format 3\0", 16)}) {
    put(path, other);
    ASSERT_EQ(looked_up(query), expected);
    ASSERT_EQ(read_file(path), whole);
  }
}

// Bytes that a checksum fits to, and nothing else: not one is taken for a place outside.
TEST_F(EventIndexTest, OfBytesThatMeanNothingEndsNoProgram) {
  write_many(30);
  const auto segment = list_segments(storage_)->front();
  const std::string whole = make_segment_index(bytes_of(storage_.names[segment]->bytes));
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole.substr(0, 76 + random() % (whole.size() - 76));
    for (int changes = 0; changes < 4 && bytes.size() > 76; ++changes)
      bytes[76 + random() % (bytes.size() - 76)] = static_cast<char>(random());
    const auto crc = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()) + 12, bytes.size() - 12));
    for (std::size_t byte = 0; byte < 4; ++byte) bytes[8 + byte] = static_cast<char>(crc >> (8 * byte));
    const auto index = SegmentIndex::read(bytes);
    ASSERT_TRUE(index);
    EXPECT_LE(index->candidates(of(EventKey::kVerdict, "flagged")).size(), bytes.size());
    EXPECT_LE(index->candidates({}).size(), bytes.size());
    index->candidates(of(EventKey::kId, "x-5"));
  }
}

TEST_F(EventIndexTest, OfAnotherLogIsNotTaken) {
  write_many(100);
  looked_up({});
  storage_ = MemoryStorage();
  begin_run();
  write_many(100);
  expect_equal_answers(20);
}

TEST_F(EventIndexTest, FollowsTheLogOverAPowerCutThatTakesRecordsBack) {
  std::mt19937 random(11);
  for (int i = 0; i < 20; ++i) {
    write_many(10);
    std::vector<RecordDraft> drafts;
    for (int j = 0; j < 5; ++j) drafts.push_back(findings_.next_draft(++written_, clock_.now().wall_ns));
    writer_->commit(drafts, LogWriter::Sync::kLater, clock_.now());
    looked_up({});  // sees what is not synced yet
    storage_.cut_power(random);
    begin_run();  // numbers are used again, for other records
    write(3);
    expect_equal_answers(3);
  }
}

TEST_F(EventIndexTest, WhatWasBlankedAfterwardsIsNotFound) {
  write_many(100);
  const EventQuery query = of(EventKey::kClient, "client00001");
  const Sequences before = looked_up(query);
  ASSERT_GT(before.size(), 1U);
  const auto segment = list_segments(storage_)->front();
  std::string& bytes = storage_.names[segment]->bytes;
  SegmentScan scan(bytes_of(bytes), Digests::kTrust);
  while (const auto record = scan.next()) {
    if (record->frame.sequence != before.front()) continue;
    const std::size_t begin = record->offset + kFrameBytes + record->open.size();
    bytes.replace(begin, record->personal.size(), record->personal.size(), '\0');
    break;
  }
  EXPECT_EQ(looked_up(query), Sequences(before.begin() + 1, before.end()));
}

// So the agent, under that user, can remove what root's commands have made; and a link that it has put there
// leads root nowhere.
TEST_F(EventIndexTest, BelongsToWhoeverOwnsTheStateDirectory) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t kUser = 65534;
  write_many(100);
  ASSERT_EQ(chown(dir_.path().c_str(), kUser, kUser), 0);
  looked_up({});
  std::vector<std::string> made = files();
  ASSERT_FALSE(made.empty());
  made.push_back(directory());
  for (const std::string& path : made) EXPECT_EQ(owner_of(path), kUser) << path;
  put(dir_ / "others", "");
  EXPECT_EQ(owner_of(dir_ / "others"), 0U) << "root is root again";
  std::filesystem::remove_all(directory());
  std::filesystem::create_directory(dir_ / "roots");
  std::filesystem::create_symlink(dir_ / "roots", directory());
  EventIndex index(storage_, directory());
  found({}, &index);
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "roots"));
}

TEST_F(EventIndexTest, NamesNobodyAnyMoreWhenItWasRemoved) {
  write_many(100);
  looked_up({});
  ASSERT_TRUE(any_file_has("client00001"));
  ASSERT_TRUE(remove_index(dir_.path()));
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(remove_index(dir_.path())) << "again";
  EXPECT_TRUE(remove_index(dir_ / "none"));
  expect_equal_answers(5);
}

TEST_F(EventIndexTest, OfSomeSegmentsMayStayWhenOthersAreRemoved) {
  write_many(300);
  looked_up({});
  const auto before = files();
  auto segments = *list_segments(storage_);
  segments.erase(segments.begin(), segments.begin() + 2);
  ASSERT_TRUE(remove_index(dir_.path(), segments));
  EXPECT_EQ(files(), std::vector<std::string>(before.begin() + 2, before.end()));
}

TEST_F(EventIndexTest, ForgetsSegmentsThatAreGoneAndLeftovers) {
  write_many(300);
  looked_up({});
  storage_.names.erase(list_segments(storage_)->front());
  put(directory() + "/00000000000000000001.index.0badcafe", "half of one");
  put(directory() + "/evidence.sqlite", "of another version");
  looked_up({});
  EXPECT_EQ(files().size(), list_segments(storage_)->size());
}

TEST_F(EventIndexTest, ThatCannotBeKeptIsMadeEachTimeAndSaysWhy) {
  write_many(100);
  put(dir_ / "index", "a file where the directory should be");
  EventIndex index(storage_, directory());
  for (int i = 0; i < 10; ++i) {
    const EventQuery query = random_query();
    EXPECT_EQ(found(query, &index), scanned(query));
  }
  EXPECT_THAT(index.trouble(), testing::HasSubstr("index"));
}

TEST_F(EventIndexTest, MayBeMadeByManyAtOnce) {
  write_many(400);
  const EventQuery query = of(EventKey::kClient, "client00001");
  const Sequences expected = scanned(query);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 5; ++turn) {
        if (i == 0) wrong += remove_index(dir_.path()) ? 0 : 1;
        wrong += looked_up(query) == expected ? 0 : 1;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  looked_up({});
  EXPECT_EQ(files().size(), list_segments(storage_)->size());
}

}  // namespace
}  // namespace purposewatch
