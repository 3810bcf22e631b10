// A checkpoint of the log that somebody has kept, against what the log is now.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/verify.h"

namespace purposewatch {

class KeptCheckpoint {
 public:
  // note: as it was kept. An error: it is no checkpoint.
  static Result<KeptCheckpoint> read(std::string note);

  // As VerifyOptions has them.
  void start_over();
  void on_record(std::uint64_t sequence, const Digest& chain);
  void on_checkpoint(std::uint64_t sequence, std::string_view note);

  enum class Answer : std::uint8_t {
    kHolds,
    kRemoved,  // the time of its records is over
    kOtherHost,
    kCutOff,      // the log has fewer records
    kChanged,     // other records before it
    kNotInTheLog  // the records before it are the same, the checkpoint is not there
  };
  // log: of the verification that has called the above.
  Answer answer(const LogReport& log) const;
  std::uint64_t records() const { return checkpoint_.records; }

 private:
  KeptCheckpoint(std::string note, Checkpoint checkpoint)
      : note_(std::move(note)), checkpoint_(std::move(checkpoint)) {}

  std::string note_;
  Checkpoint checkpoint_;
  bool is_chain_there_ = false, is_note_there_ = false;
};

// For a person, and for programs.
std::string to_text(KeptCheckpoint::Answer answer, std::uint64_t records);
std::string_view name_of(KeptCheckpoint::Answer answer);

}  // namespace purposewatch
