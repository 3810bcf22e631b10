#include "exporters/ndjson/ndjson_sink.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/exporters/sample_findings.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

TEST(NdjsonSink, WritesOneLineForEachFindingWhateverItsNames) {
  const TempDir dir;
  const std::string path = dir / "events.ndjson";
  {
    auto sink = NdjsonSink::open(path);
    ASSERT_TRUE(sink.has_value());
    (*sink)->accept(flagged_read());
    (*sink)->accept(with_path(flagged_read(), "/home/bob/two\nlines\xff"));
    (*sink)->accept(permitted_read());
    (*sink)->flush();
    EXPECT_EQ((*sink)->lost(), 0U);
  }
  std::istringstream lines{read_file(path)};
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_EQ(count, 3);
}

TEST(NdjsonSink, AFullDiskLosesFindingsButNeverTheAgent) {
  auto sink = NdjsonSink::open("/dev/full");
  ASSERT_TRUE(sink.has_value());
  constexpr std::uint64_t kFindings = 3000;
  for (std::uint64_t i = 0; i < kFindings; ++i) (*sink)->accept(flagged_read());
  (*sink)->flush();
  EXPECT_GT((*sink)->lost(), 0U);
  EXPECT_LT((*sink)->lost(), kFindings);
  EXPECT_GT((*sink)->waiting_bytes(), 0U);
}

TEST(NdjsonSink, WritesToStandardOutputAndFollowsARotation) {
  testing::internal::CaptureStdout();
  {
    auto sink = NdjsonSink::open("-");
    ASSERT_TRUE(sink.has_value());
    (*sink)->accept(flagged_read());
    EXPECT_TRUE((*sink)->reopen().has_value());
  }
  EXPECT_TRUE(nlohmann::json::accept(testing::internal::GetCapturedStdout()));

  const TempDir dir;
  auto sink = NdjsonSink::open(dir / "events");
  ASSERT_TRUE(sink.has_value());
  std::filesystem::rename(dir / "events", dir / "events.1");
  ASSERT_TRUE((*sink)->reopen().has_value());
  (*sink)->accept(flagged_read());
  (*sink)->flush();
  EXPECT_FALSE(read_file(dir / "events").empty());
}

}  // namespace
}  // namespace purposewatch
