// A log in memory, with a clock that is set by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "exporters/evidence/log_writer.h"
#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/verify.h"
#include "tests/exporters/evidence/memory_storage.h"

namespace purposewatch {

inline constexpr std::uint64_t kSecondNs = 1'000'000'000;

struct TestClock {
  std::uint64_t seconds = 100;
  LogClocks now() const {
    return {seconds * kSecondNs, static_cast<std::int64_t>((1'700'000'000 + seconds) * kSecondNs)};
  }
};

inline RecordDraft draft_of(const std::string& open, const std::string& personal = "") {
  RecordDraft draft;
  draft.retention = Retention::kFlagged;
  draft.open = open;
  draft.personal = personal;
  return draft;
}

inline LogSettings small_settings() {
  LogSettings settings;
  settings.host_id = "test-host";
  settings.boot_id.fill(7);
  return settings;
}

struct ReadRecord {
  std::uint64_t sequence = 0;
  RecordKind kind = RecordKind::kFinding;
  std::string open, personal;
};

// All records of all segments, in the order of segments; what a later one repeats, twice.
inline std::vector<ReadRecord> all_records(Storage& storage) {
  std::vector<ReadRecord> all;
  const auto names = list_segments(storage);
  for (const std::string& name : *names) {
    const auto bytes = (*storage.open(name))->read(kSegmentBytesMax);
    SegmentScan scan(bytes_of(*bytes));
    while (const auto record = scan.next())
      all.push_back({record->frame.sequence, record->frame.kind, std::string(text_of_part(record->open)),
                     std::string(text_of_part(record->personal))});
  }
  return all;
}

inline LogReport report_of(Storage& storage, VerifyOptions options = {}) {
  auto report = verify_log(storage, options);
  EXPECT_TRUE(report) << report.error().message;
  return *report;
}

inline std::string problems_of(const LogReport& report) {
  std::string text;
  for (const LogProblem& problem : report.problems)
    text += problem.segment + "+" + std::to_string(problem.offset) + ": " + problem.what + "\n";
  return text;
}

}  // namespace purposewatch
