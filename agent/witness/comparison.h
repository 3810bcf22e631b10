// What somebody else has seen of the log, against what it is now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/witness/history.h"
#include "exporters/evidence/verify.h"

namespace purposewatch {

struct WitnessProblem {
  enum class Kind : std::uint8_t { kChanged, kShortened, kWentBack, kRemoved };
  Kind kind = Kind::kChanged;
  std::uint64_t record = 0;  // the first one concerned, as far as that is known
  std::int64_t time_ms = 0;  // of the sample that shows it
  std::string what;          // for a person
};

// Longest time in which records were written and nobody looked.
struct Unwitnessed {
  std::int64_t from_ms = 0, to_ms = 0;
  std::uint64_t records = 0;
};

struct WitnessReport {
  std::uint64_t samples = 0, agreed = 0, differed = 0;
  std::uint64_t removed = 0;      // of records whose time is over
  std::int64_t removed_ms = 0;    // the last one of these
  std::uint64_t unreadable = 0;   // of records that the log should have, and does not
  std::uint64_t last_record = 0;  // the last one that was witnessed and is as it was; 0: none
  std::int64_t last_ms = 0;       // and when that was seen last
  std::optional<Unwitnessed> longest_gap;
  std::vector<WitnessProblem> problems;

  bool is_sound() const { return problems.empty() && unreadable == 0; }
};

class WitnessComparison {
 public:
  explicit WitnessComparison(const WitnessHistory& history);

  // As VerifyOptions has them.
  void start_over();
  void on_record(std::uint64_t sequence, const Digest& chain);

  // log: of the verification that has called the above.
  WitnessReport report(const LogReport& log) const;

 private:
  enum class State : std::uint8_t { kNotCompared, kAgrees, kDiffers };
  struct Claim {
    Witnessed seen;
    State state = State::kNotCompared;
  };

  void count(const LogReport& log, WitnessReport& report) const;
  void look_for_changes(WitnessReport& report) const;
  void look_for_the_end(const LogReport& log, WitnessReport& report) const;
  void look_for_steps_back(WitnessReport& report) const;
  void look_at_what_was_removed(const LogReport& log, WitnessReport& report) const;
  void look_for_gaps(const LogReport& log, WitnessReport& report) const;

  std::vector<WitnessedSeries> series_;
  std::vector<Claim> claims_;  // by record, then by time
  std::size_t next_ = 0;       // that is not behind the records told so far
};

// "2026-11-23T16:17:05Z"
std::string second_of(std::int64_t time_ms);

}  // namespace purposewatch
