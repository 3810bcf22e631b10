#include "exporters/ndjson/line_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string long_line(char c) {
  return std::string(999, c) + "\n";
}

LineFile opened(const std::string& path) {
  Result<LineFile> file = LineFile::open(path);
  EXPECT_TRUE(file.has_value()) << file.error().message;
  return std::move(*file);
}

// Lets files grow to `bytes` and no further, for this process, while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(LineFile, AppendsToAFileThatOnlyItsOwnerReads) {
  const TempDir dir;
  const std::string path = dir.write("events", "earlier\n");
  {
    LineFile file = opened(path);
    file.add_line("one\n");
    EXPECT_EQ(read_file(path), "earlier\n") << "lines are written in batches";
    file.flush();
    EXPECT_EQ(read_file(path), "earlier\none\n");
    file.add_line("two\n");
  }
  EXPECT_EQ(read_file(path), "earlier\none\ntwo\n") << "what waits is written at the end";
  { LineFile file = opened(dir / "new"); }
  struct stat status {};
  ASSERT_EQ(stat((dir / "new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(LineFile, EndsALineThatAnEarlierRunLeftUnfinished) {
  const TempDir dir;
  const std::string path = dir.write("events", "whole\n{\"torn");
  { opened(path).add_line("next\n"); }
  EXPECT_EQ(read_file(path), "whole\n{\"torn\nnext\n");
}

TEST(LineFile, AFullDiskNeverLeavesATornLineAndWaitingLinesAreWrittenWhenThereIsSpaceAgain) {
  const TempDir dir;
  const std::string path = dir / "events";
  LineFile file = opened(path);
  {
    const FileSizeLimit limit{2500};
    for (const char c : {'a', 'b', 'c', 'd'}) file.add_line(long_line(c));
    file.flush();
    file.flush();
    EXPECT_EQ(read_file(path), long_line('a') + long_line('b')) << "whole lines only";
    EXPECT_EQ(file.waiting_bytes(), 2000U);
  }
  file.add_line("e\n");
  file.flush();
  EXPECT_EQ(read_file(path), long_line('a') + long_line('b') + long_line('c') + long_line('d') + "e\n");
  EXPECT_EQ(file.lost(), 0U);
}

TEST(LineFile, AFullFileSystemIsTheSame) {
  const TempDir dir;
  if (mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=16k") != 0)
    GTEST_SKIP() << "cannot mount a tmpfs here";
  const std::string path = dir / "events";
  {
    LineFile file = opened(path);
    for (int i = 0; i < 20; ++i) file.add_line(long_line('x'));
    file.flush();
    EXPECT_THAT(read_file(path), EndsWith("x\n"));
    EXPECT_EQ(read_file(path).size() % 1000, 0U);
    EXPECT_GT(file.waiting_bytes(), 0U);
  }
  umount(dir.path().c_str());
}

TEST(LineFile, CountsWholeLinesThatNoLongerFitIntoMemory) {
  LineFile file = opened("/dev/full");
  const std::size_t lines = 2 * LineFile::kWaitingBytesMax / 1000;
  for (std::size_t i = 0; i < lines; ++i) file.add_line(long_line('x'));
  file.flush();
  EXPECT_LE(file.waiting_bytes(), LineFile::kWaitingBytesMax);
  EXPECT_EQ(file.lost(), lines - file.waiting_bytes() / 1000);
}

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0); }
  ~Pipe() { close(ends[0]); }
  std::string read_available() const {
    std::string out(1U << 20U, '\0');
    const ssize_t count = read(ends[0], out.data(), out.size());
    out.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return out;
  }
  std::array<int, 2> ends{};
};

TEST(LineFile, ASlowReaderGetsEveryLineWholeAndNeverHoldsTheAgentUpForLong) {
  Pipe pipe;  // a blocking descriptor, as a shell gives it
  LineFile file{pipe.ends[1]};
  std::string sent;
  for (int i = 0; i < 300; ++i) {
    sent += long_line(static_cast<char>('a' + i % 26));
    file.add_line(long_line(static_cast<char>('a' + i % 26)));
  }
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) file.flush();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{900});
  EXPECT_GT(file.waiting_bytes(), 0U);
  std::string received;
  while (received.size() < sent.size()) {
    const std::string more = pipe.read_available();
    ASSERT_FALSE(more.empty());
    received += more;
    file.flush();
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(file.lost(), 0U);
}

TEST(LineFile, AReaderThatWentAwayCostsTheLinesAndNothingElse) {
  std::signal(SIGPIPE, SIG_DFL);
  Pipe pipe;
  LineFile file{pipe.ends[1]};
  close(pipe.ends[0]);
  file.add_line("one\n");
  file.add_line("two\n");
  file.flush();
  EXPECT_EQ(file.lost(), 2U);
  EXPECT_EQ(file.waiting_bytes(), 0U);
  pipe.ends[0] = -1;
}

TEST(LineFile, ReopensThePathAfterARotation) {
  const TempDir dir;
  const std::string path = dir / "events";
  LineFile file = opened(path);
  file.add_line("one\n");
  std::filesystem::rename(path, dir / "events.1");
  ASSERT_TRUE(file.reopen(path));
  file.add_line("two\n");
  file.flush();
  EXPECT_EQ(read_file(dir / "events.1"), "one\n");
  EXPECT_EQ(read_file(path), "two\n");
}

TEST(LineFile, SaysWhatCannotBeOpenedAndWhy) {
  const Result<LineFile> file = LineFile::open("/nonexistent/events");
  ASSERT_FALSE(file.has_value());
  EXPECT_THAT(file.error().message, HasSubstr("/nonexistent/events"));
  EXPECT_THAT(file.error().message, HasSubstr("No such file"));
  const TempDir dir;
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(LineFile::open(dir / "fifo").has_value()) << "a pipe that nobody reads";
}

}  // namespace
}  // namespace purposewatch
