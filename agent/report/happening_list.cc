#include "agent/report/happening_list.h"

#include <fmt/format.h>

#include "agent/report/record_text.h"
#include "exporters/evidence/sequence_set.h"
#include "exporters/terminal/json_path.h"
#include "exporters/text/number_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

std::string policy_words(const Json& text) {
  const std::string name = text_in(text, {"policy", "name"});
  const std::string digest = text_in(text, {"policy", "digest"});
  return fmt::format("policy {} version {}{}", name.empty() ? "without a name" : name,
                     text_in(text, {"policy", "version"}),
                     digest.empty() ? "" : " (" + digest.substr(0, 12) + ")");
}

std::string start_words(const Json& text) {
  const std::string version = text_in(text, {"version"});
  return fmt::format("the agent{} began to watch by {}, with {}", version.empty() ? "" : " " + version,
                     text_in(text, {"backend"}), policy_words(text));
}

bool was_refused(const Json& text) {
  return text_in(text, {"outcome"}) == "failure";
}

std::string reload_words(const Json& text, Wording wording) {
  if (!was_refused(text)) return policy_words(text) + " came into force";
  const std::string error = wording == Wording::kFull ? text_in(text, {"error"}) : "";
  return "a changed policy was refused" + (error.empty() ? "" : ": " + error) + "; " + policy_words(text) +
         " stays in force";
}

constexpr std::size_t kStagesMax = 100;

// What a gap says of losses, under names of our own: the evidence's own are by retention class.
std::map<std::string, std::uint64_t> losses_of(const Json& gap) {
  std::map<std::string, std::uint64_t> losses;
  for (const bool is_evidence : {false, true}) {
    const Json* counts = value_at(gap, {is_evidence ? "lost" : "stages"});
    if (counts == nullptr || !counts->is_object()) continue;
    for (const auto& [name, count] : counts->items())
      if (count.is_number_unsigned() && losses.size() < kStagesMax)
        losses[is_evidence ? "evidence" : shown_text(name)] += count.get<std::uint64_t>();
  }
  return losses;
}

std::string gap_words(const Json& text, Wording wording) {
  const std::string why = text_in(text, {"why"});
  std::string lost;
  std::uint64_t sum = 0;
  for (const auto& [stage, count] : losses_of(text)) {
    sum += count;
    lost += fmt::format("{}{} at {}", lost.empty() ? "" : ", ", number_text(count), stage);
  }
  if (sum > 0)
    return count_of(sum, "event was lost", "events were lost") +
           (wording == Wording::kFull ? ": " + lost : "") + (why == "disk full" ? "; the disk was full" : "");
  if (why == "torn")
    return count_of(number_in(text, {"bytes"}), "byte", "bytes") + " of an unfinished write were left behind";
  if (why == "missing")
    return count_of(number_in(text, {"count"}), "record", "records") + " at the end were not there any more";
  if (why == "damaged") return "records are damaged: " + text_in(text, {"records"});
  if (why == "gone") return "segments of the evidence were gone";
  if (why == "key") return "the key that signs was not the one that the log expected";
  return why.empty() || wording != Wording::kFull ? "something is missing here" : "missing here: " + why;
}

// Whatever it holds, member by member.
std::string any_words(const Json& text) {
  std::string words;
  for (const auto& [name, value] : text.items()) {
    const std::string shown = value.is_string() ? text_in(text, {name.c_str()})
                                                : value.dump(-1, ' ', true, Json::error_handler_t::replace);
    words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", shown_text(name), shown);
    if (words.size() > kReportTextBytesMax) break;
  }
  return words;
}

// Whose wish it was is nobody's business who reads this.
std::string erasure_words(const Json& text) {
  const Json* set = value_at(text, {"records"});
  const auto records =
      set != nullptr && set->is_string() ? sequence_set(set->get_ref<const std::string&>()) : std::nullopt;
  return "parts of " + (records ? count_of(records->size(), "record", "records") : "records") +
         " were erased";
}

std::string space_words(const Json& text) {
  const std::string stage = text_in(text, {"stage"});
  if (stage == "full") return "the disk that holds the evidence is full";
  if (stage == "recovered" || stage == "ok") return "the disk that holds the evidence has room again";
  return "the disk that holds the evidence is " + stage + " % full";
}

bool is_trouble(RecordKind kind, const Json& text) {
  switch (kind) {
    case RecordKind::kGap:
    case RecordKind::kTamper:
      return true;
    case RecordKind::kReload:
      return was_refused(text);
    case RecordKind::kSpace:
      return text_in(text, {"stage"}) != "ok" && text_in(text, {"stage"}) != "recovered";
    default:
      return false;
  }
}

}  // namespace

std::string HappeningList::words_of(RecordKind kind, const Json& text) const {
  switch (kind) {
    case RecordKind::kStart:
      return start_words(text);
    case RecordKind::kStop:
      return "the agent stopped, as it was told to";
    case RecordKind::kReload:
      return reload_words(text, wording_);
    case RecordKind::kGap:
      return gap_words(text, wording_);
    case RecordKind::kSpace:
      return space_words(text);
    case RecordKind::kTamper:
      return "somebody changed what the agent relies on" +
             (wording_ == Wording::kFull ? ": " + any_words(text) : "");
    case RecordKind::kErasure:
      return erasure_words(text);
    case RecordKind::kRemoval:
      return "segments were removed, their time being over" +
             (wording_ == Wording::kFull ? ": " + any_words(text) : "");
    default:
      return {};
  }
}

void HappeningList::take(RecordKind kind, const Json& text, std::uint64_t record, std::int64_t wall_ns) {
  if (kind == RecordKind::kGap)
    for (const auto& [stage, count] : losses_of(text))
      if (lost_.size() < kStagesMax || lost_.contains(stage))
        lost_[wording_ == Wording::kFull ? stage : "all stages"] += count;
  rows_.push_back({.wall_ns = wall_ns,
                   .record = record,
                   .kind = std::string(name_of(kind)),
                   .what = words_of(kind, text),
                   .is_trouble = is_trouble(kind, text)});
  if (rows_.size() <= rows_max_) return;
  rows_.pop_front();
  ++more_;
}

Listed<Happening> HappeningList::list() const {
  return {.rows = {rows_.begin(), rows_.end()}, .more = more_};
}

}  // namespace purposewatch
