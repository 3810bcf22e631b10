#include "agent/cli/show_verification.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/cli/output.h"
#include "exporters/text/encoding.h"
#include "exporters/text/number_text.h"
#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kShownMax = 20;  // of problems, and of remarks; JSON has all that are kept
constexpr std::size_t kBarColumns = 30;
constexpr std::int64_t kNsPerMs = 1'000'000;

std::string base64(const PublicKey& key) {
  std::string text;
  append_base64(text, text_of(key));
  return text;
}

std::string count(std::uint64_t number, const char* thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string span_text(std::int64_t ms) {
  const std::int64_t seconds = ms / 1000;
  if (seconds < 60) return fmt::format("{}.{} s", seconds, ms % 1000 / 100);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} days", seconds / 86400);
}

std::string bar(std::uint64_t done, std::uint64_t all) {
  const double part = all == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  const auto filled = static_cast<std::size_t>(part * kBarColumns);
  return fmt::format("[{}{}] {:3.0f} %", std::string(filled, '#'), std::string(kBarColumns - filled, '-'),
                     std::floor(part * 100));
}

bool is_bad(KeptCheckpoint::Answer answer) {
  return answer != KeptCheckpoint::Answer::kHolds && answer != KeptCheckpoint::Answer::kRemoved;
}

// What the agent has written of a loss is an object of plain values.
std::string remark_text(const LogRemark& remark) {
  const auto said = ordered_json::parse(remark.what, nullptr, false);
  if (!said.is_object()) return remark.what;
  std::string text = said.value("why", ordered_json()).is_string() ? said["why"].get<std::string>() : "";
  for (const auto& [name, value] : said.items())
    if (name != "why")
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                          value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

class TextWriter {
 public:
  explicit TextWriter(bool color) : color_(color) {}

  void line(const std::string& name, const std::string& text, Style style = Style::kPlain) {
    text_ += styled(fmt::format("{:<13}", name), Style::kFaint, color_) +
             styled(visible_text(text, Backslash::kKeep), style, color_) + "\n";
  }
  void more(std::uint64_t all, std::size_t shown, const char* thing) {
    if (all > shown) line("", fmt::format("and {}", count(all - shown, thing)));
  }
  // The verdict stands last, where the eye is.
  void verdict(bool is_sound, const std::string& why) {
    text_ += styled(is_sound ? "sound" : "NOT SOUND", is_sound ? Style::kGood : Style::kBad, color_) +
             (why.empty() ? "" : ": " + why) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  bool color_;
  std::string text_;
};

void write_log(const Verification& verification, TextWriter& out) {
  const LogReport& log = verification.log;
  out.line("evidence", fmt::format("{}: {}, {}", verification.directory, count(log.segments, "segment"),
                                   size_text(log.bytes)));
  if (!log.host_id.empty()) out.line("host", log.host_id);
  if (log.last >= log.first && log.first > 0 && log.first_wall_ns != 0)
    out.line("records",
             fmt::format("{} to {}, {} to {}", log.first, log.last, second_of(log.first_wall_ns / kNsPerMs),
                         second_of(log.last_wall_ns / kNsPerMs)));
  else
    out.line("records", "none");
  out.line("signed", log.signed_up_to == 0
                         ? "nothing"
                         : fmt::format("up to record {}, by {} and {}", log.signed_up_to,
                                       count(log.checkpoints, "checkpoint"), count(log.keys, "key")));
  if (log.blanked > 0) out.line("blanked", count(log.blanked, "record"));
  if (log.segments > 0)
    out.line("first key",
             base64(log.first_key) + "  compare it with one kept elsewhere, or give that as --key");
  for (std::size_t i = 0; i < std::min(log.remarks.size(), kShownMax); ++i)
    out.line(i == 0 ? "remarks" : "",
             fmt::format("record {}: {}", log.remarks[i].sequence, remark_text(log.remarks[i])));
  out.more(log.remarks.size(), kShownMax, "more remark");
  for (std::size_t i = 0; i < std::min(log.problems.size(), kShownMax); ++i)
    out.line(i == 0 ? "problems" : "",
             fmt::format("{} at byte {}: {}", log.problems[i].segment, log.problems[i].offset,
                         log.problems[i].what),
             Style::kBad);
  out.more(log.problem_count, kShownMax, "more problem");
}

void write_witness(const WitnessAnswer& witness, TextWriter& out) {
  const WitnessReport& report = witness.report;
  out.line("witness", fmt::format("{}: {}{}", witness.url, count(report.samples, "sample"),
                                  witness.history.series.size() > 1
                                      ? fmt::format(" of {} series", witness.history.series.size())
                                      : ""));
  std::string counts = fmt::format("{} as the log", report.agreed);
  if (report.differed > 0) counts += fmt::format(", {} not", report.differed);
  if (report.removed > 0)
    counts += fmt::format(", {} of records that were removed, their time being over, the last at {}",
                          report.removed, second_of(report.removed_ms));
  if (report.unreadable > 0)
    counts += fmt::format(", {} of records that are not whole any more", report.unreadable);
  if (witness.history.unpaired > 0)
    counts += fmt::format(", {} that no agent exports", witness.history.unpaired);
  out.line("", counts);
  if (report.last_record > 0)
    out.line("", fmt::format("last: record {} at {}", report.last_record, second_of(report.last_ms)));
  if (const auto& gap = report.longest_gap)
    out.line("", fmt::format("longest without: {} from {}, {}", span_text(gap->to_ms - gap->from_ms),
                             second_of(gap->from_ms), count(gap->records, "record")));
  for (const WitnessProblem& problem : report.problems) out.line("", problem.what, Style::kBad);
}

ordered_json json_of(const WitnessAnswer& witness) {
  constexpr std::string_view kKinds[] = {"changed", "cut-off", "went-back", "removed"};
  const WitnessReport& report = witness.report;
  auto series = ordered_json::array(), problems = ordered_json::array();
  for (const WitnessedSeries& one : witness.history.series) series.push_back(one.labels);
  for (const WitnessProblem& problem : report.problems)
    problems.push_back({{"kind", kKinds[static_cast<std::size_t>(problem.kind)]},
                        {"record", problem.record},
                        {"time", rfc3339(problem.time_ms * kNsPerMs)},
                        {"what", problem.what}});
  ordered_json json = {
      {"url", witness.url},        {"sound", report.is_sound()},      {"series", series},
      {"samples", report.samples}, {"agreed", report.agreed},         {"differed", report.differed},
      {"removed", report.removed}, {"unreadable", report.unreadable}, {"unpaired", witness.history.unpaired}};
  if (report.last_record > 0)
    json["last"] = {{"record", report.last_record}, {"time", rfc3339(report.last_ms * kNsPerMs)}};
  if (const auto& gap = report.longest_gap)
    json["longest_gap"] = {{"from", rfc3339(gap->from_ms * kNsPerMs)},
                           {"to", rfc3339(gap->to_ms * kNsPerMs)},
                           {"records", gap->records}};
  json["problems"] = problems;
  return json;
}

}  // namespace

bool Verification::is_sound() const {
  return log.is_sound() && (!kept || !is_bad(kept->answer(log))) &&
         std::all_of(witnesses.begin(), witnesses.end(),
                     [](const WitnessAnswer& witness) { return witness.report.is_sound(); });
}

std::string verification_text(const Verification& verification, bool color) {
  TextWriter out(color);
  write_log(verification, out);
  std::uint64_t problems = verification.log.problem_count;
  for (const WitnessAnswer& witness : verification.witnesses) {
    write_witness(witness, out);
    problems += witness.report.problems.size();
  }
  if (verification.kept) {
    const auto answer = verification.kept->answer(verification.log);
    problems += is_bad(answer) ? 1 : 0;
    out.line("kept", to_text(answer, verification.kept->records()),
             is_bad(answer) ? Style::kBad : Style::kPlain);
  }
  out.verdict(verification.is_sound(), problems > 0 ? count(problems, "problem") : "");
  return out.take();
}

ordered_json verification_json(const Verification& verification) {
  const LogReport& log = verification.log;
  auto problems = ordered_json::array(), remarks = ordered_json::array(), witnesses = ordered_json::array();
  for (const LogProblem& problem : log.problems)
    problems.push_back({{"segment", visible_text(problem.segment)},
                        {"offset", problem.offset},
                        {"record", problem.sequence},
                        {"what", problem.what}});
  for (const LogRemark& remark : log.remarks) {
    auto said = ordered_json::parse(remark.what, nullptr, false);
    remarks.push_back(
        {{"record", remark.sequence}, {"what", said.is_object() ? said : ordered_json(remark.what)}});
  }
  for (const WitnessAnswer& witness : verification.witnesses) witnesses.push_back(json_of(witness));
  ordered_json json = {{"sound", verification.is_sound()},
                       {"directory", visible_text(verification.directory)},
                       {"host", visible_text(log.host_id)},
                       {"segments", log.segments},
                       {"bytes", log.bytes},
                       {"records",
                        {{"first", log.first},
                         {"last", log.last},
                         {"from", rfc3339(log.first_wall_ns)},
                         {"to", rfc3339(log.last_wall_ns)},
                         {"blanked", log.blanked}}},
                       {"signed_up_to", log.signed_up_to},
                       {"checkpoints", log.checkpoints},
                       {"keys", log.keys},
                       {"first_key", base64(log.first_key)},
                       {"chain", to_hex(log.chain)},
                       {"problem_count", log.problem_count},
                       {"problems", problems},
                       {"remarks", remarks},
                       {"witnesses", witnesses}};
  if (verification.kept) {
    const auto answer = verification.kept->answer(log);
    json["against"] = {{"record", verification.kept->records() + 1},
                       {"answer", name_of(answer)},
                       {"what", to_text(answer, verification.kept->records())}};
  }
  return json;
}

std::string bar_of_bytes(std::uint64_t done, std::uint64_t all, std::chrono::nanoseconds since) {
  const double seconds = std::chrono::duration<double>(since).count();
  const double speed = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const double left = speed > 0 ? static_cast<double>(all - std::min(all, done)) / speed : 0;
  return fmt::format("{}  {} of {}, {}/s, {:.0f} s left", bar(done, all), size_text(done), size_text(all),
                     size_text(static_cast<std::uint64_t>(speed)), left);
}

std::string bar_of_samples(std::uint64_t done, std::uint64_t all) {
  return fmt::format("{}  {} of {} samples", bar(done, all), done, all);
}

}  // namespace purposewatch
