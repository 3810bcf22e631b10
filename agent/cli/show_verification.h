// What `verify` has found, for people and for programs.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/witness/comparison.h"
#include "agent/witness/history.h"
#include "agent/witness/kept_checkpoint.h"
#include "exporters/evidence/verify.h"

namespace purposewatch {

struct WitnessAnswer {
  std::string url;
  WitnessHistory history;
  WitnessComparison comparison;
  WitnessReport report;
};

struct Verification {
  std::string directory;
  LogReport log;
  std::string last_note;  // the newest checkpoint that is sound
  std::optional<KeptCheckpoint> kept;
  std::vector<WitnessAnswer> witnesses;

  bool is_sound() const;
};

std::string verification_text(const Verification& verification, bool color);
nlohmann::ordered_json verification_json(const Verification& verification);

// One line each, to be written over.
std::string bar_of_bytes(std::uint64_t done, std::uint64_t all, std::chrono::nanoseconds since);
std::string bar_of_samples(std::uint64_t done, std::uint64_t all);

}  // namespace purposewatch
