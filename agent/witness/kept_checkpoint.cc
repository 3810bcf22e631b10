#include "agent/witness/kept_checkpoint.h"

#include <fmt/format.h>

#include <array>

namespace purposewatch {

Result<KeptCheckpoint> KeptCheckpoint::read(std::string note) {
  auto checkpoint = read_unverified_note(note);
  if (!checkpoint) return fail("is no checkpoint of a log");
  return KeptCheckpoint(std::move(note), std::move(*checkpoint));
}

void KeptCheckpoint::start_over() {
  is_chain_there_ = is_note_there_ = false;
}

void KeptCheckpoint::on_record(std::uint64_t sequence, const Digest& chain) {
  if (sequence == checkpoint_.records) is_chain_there_ = chain == checkpoint_.chain;
}

// The log's own one was verified, so the one that equals it need not be: who signed it is in the log.
void KeptCheckpoint::on_checkpoint(std::uint64_t sequence, std::string_view note) {
  if (sequence == checkpoint_.records + 1) is_note_there_ = note == note_;
}

KeptCheckpoint::Answer KeptCheckpoint::answer(const LogReport& log) const {
  if (is_note_there_) return Answer::kHolds;
  if (!log.host_id.empty() && log.host_id != checkpoint_.host_id) return Answer::kOtherHost;
  if (checkpoint_.records >= log.last) return Answer::kCutOff;
  if (checkpoint_.records + 1 < log.first) return Answer::kRemoved;
  return is_chain_there_ ? Answer::kNotInTheLog : Answer::kChanged;
}

std::string to_text(KeptCheckpoint::Answer answer, std::uint64_t records) {
  using Answer = KeptCheckpoint::Answer;
  switch (answer) {
    case Answer::kHolds:
      return fmt::format("the log goes on from the checkpoint at record {}", records + 1);
    case Answer::kRemoved:
      return fmt::format("cannot be compared: record {} was removed, its time being over", records + 1);
    case Answer::kOtherHost:
      return "the checkpoint is of another host's log";
    case Answer::kCutOff:
      return fmt::format("cut off: record {}, the checkpoint, is not there", records + 1);
    case Answer::kChanged:
      return fmt::format("changed: records 1 to {} are not those that the checkpoint has signed", records);
    case Answer::kNotInTheLog:
      return fmt::format("changed: record {} is not the checkpoint", records + 1);
  }
  return {};
}

std::string_view name_of(KeptCheckpoint::Answer answer) {
  constexpr std::array<std::string_view, 6> kNames = {"holds",   "removed", "other-host",
                                                      "cut-off", "changed", "not-in-the-log"};
  return kNames.at(static_cast<std::size_t>(answer));
}

}  // namespace purposewatch
