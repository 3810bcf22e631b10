#include "agent/kernel/recent_records.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "bpf/abi.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

constexpr std::uint64_t kInstance = 42;

std::string record(std::uint64_t subject, std::size_t size = sizeof(pw_record)) {
  const pw_record head{.version = PW_ABI_VERSION,
                       .type = PW_RECORD_PROCESS,
                       .size = static_cast<__u32>(size),
                       .boot_ns = 0,
                       .subject = subject};
  std::string bytes(size, '\0');
  std::memcpy(bytes.data(), &head, sizeof(head));
  return bytes;
}

void append(RecentRecords& recent, const std::string& bytes) {
  recent.append(std::as_bytes(std::span(bytes)));
}

RecentRecords opened(const TempDir& dir, std::uint64_t instance = kInstance) {
  auto recent = RecentRecords::open(dir / "sensor", kInstance, instance);
  EXPECT_TRUE(recent) << recent.error().message;
  return std::move(*recent);
}

std::vector<std::uint64_t> left_in(const TempDir& dir, std::uint64_t instance = kInstance) {
  std::vector<std::uint64_t> subjects;
  opened(dir, instance).each([&](std::span<const std::byte> bytes) {
    pw_record head{};
    std::memcpy(&head, bytes.data(), sizeof(head));
    EXPECT_EQ(bytes.size(), head.size);
    subjects.push_back(head.subject);
  });
  return subjects;
}

TEST(RecentRecords, AreLeftToTheNextInTheirOrder) {
  const TempDir dir;
  {
    RecentRecords recent = opened(dir);
    for (std::uint64_t subject : {1, 2, 3}) {
      append(recent, record(subject));
      EXPECT_TRUE(recent.flush());
    }
  }
  EXPECT_EQ(left_in(dir), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(RecentRecords, OfAnotherSensorAreForgotten) {
  const TempDir dir;
  {
    RecentRecords recent = opened(dir);
    append(recent, record(1));
    EXPECT_TRUE(recent.flush());
  }
  EXPECT_TRUE(left_in(dir, kInstance + 1).empty());
}

TEST(RecentRecords, KeepTheYoungestOfMoreThanThereIsRoomFor) {
  const TempDir dir;
  constexpr std::size_t kSize = 64 << 10;
  constexpr std::uint64_t kCount = 400;
  {
    RecentRecords recent = opened(dir);
    for (std::uint64_t subject = 1; subject <= kCount; ++subject) {
      append(recent, record(subject, kSize));
      EXPECT_TRUE(recent.flush());
    }
  }
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(dir / "sensor")) bytes += file.file_size();
  EXPECT_LT(bytes, kCount * kSize / 2);
  const auto left = left_in(dir);
  ASSERT_GT(left.size(), 64U);
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i], kCount - left.size() + 1 + i);
}

// Killed in the middle of a write, or a bit flipped.
TEST(RecentRecords, EndWhereAFileMakesNoSense) {
  for (const std::string& end : {std::string("x"), std::string("\1\0\1\0\377\377\377\377 and so on", 18)}) {
    const TempDir dir;
    {
      RecentRecords recent = opened(dir);
      append(recent, record(1));
      EXPECT_TRUE(recent.flush());
    }
    std::ofstream(dir / "sensor/records-1", std::ios::binary | std::ios::app)
        .write(end.data(), static_cast<std::streamsize>(end.size()));
    EXPECT_EQ(left_in(dir), std::vector<std::uint64_t>{1});
  }
}

}  // namespace
}  // namespace purposewatch
