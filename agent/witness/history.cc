#include "agent/witness/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace purposewatch {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 60 * kMinuteMs, kDayMs = 24 * kHourMs;
constexpr std::int64_t kPieceMsMax = 30 * kDayMs;
constexpr std::uint64_t kPieceSamples = 10'000;     // so many in one answer are enough
constexpr std::uint64_t kSamplesMax = 100'000'000;  // of a server that never ends
constexpr int kQueriesMax = 200'000;
constexpr double kExactMax = 9007199254740992.0;  // 2^53: up to there a sample is exact
constexpr std::int64_t kSilenceMsMax = 400 * kDayMs;
constexpr const char* kRecords = "purposewatch_evidence_records_total";
constexpr const char* kHead = "purposewatch_evidence_head";

std::optional<std::uint64_t> exact(double value) {
  if (!(value >= 0 && value < kExactMax) || value != std::floor(value)) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

class HistoryReader {
 public:
  HistoryReader(const Ask& ask, const HistoryRequest& request) : ask_(ask), request_(request) {
    if (request.match.size() > 2) more_ = "," + request.match.substr(1, request.match.size() - 2);
  }

  Result<WitnessHistory> run() {
    if (auto begun = begin(); !begun) return tl::unexpected(begun.error());
    std::int64_t piece_ms = kHourMs, silence_ms = 0;
    while (end_ms_ > 0 && (all_ ? found_ < *all_ : silence_ms < kSilenceMsMax)) {
      piece_ms = std::min(piece_ms, end_ms_);
      const auto samples = read_piece(piece_ms);
      if (!samples) return tl::unexpected(samples.error());
      if (!*samples) {  // too much to be answered
        piece_ms /= 2;
        continue;
      }
      end_ms_ -= piece_ms;
      found_ += **samples;
      silence_ms = **samples > 0 ? 0 : silence_ms + piece_ms;
      if (found_ > kSamplesMax) return fail("it answers with more samples than anybody can have taken");
      if (request_.on_progress) request_.on_progress(found_, std::max(found_, all_.value_or(found_)));
      if (**samples == 0)
        piece_ms *= 2;
      else if (**samples < kPieceSamples / 2)
        piece_ms = std::max(kMinuteMs, std::min(2 * piece_ms, kPieceMsMax));
    }
    return finish();
  }

 private:
  // One series of both metrics, while it is read: the newest first.
  struct Growing {
    std::vector<Witnessed> runs;
    Labels labels;
  };

  Result<HttpAnswer> query(const std::string& expression, std::optional<std::int64_t> at_ms) {
    if (++queries_ > kQueriesMax) return fail("it takes more queries than anybody would wait for");
    std::string path = "/api/v1/query?query=" + url_encoded(expression);
    if (at_ms) path += fmt::format("&time={}.{:03}", *at_ms / 1000, *at_ms % 1000);
    return ask_(path);
  }

  static Result<std::vector<SampledSeries>> read(const HttpAnswer& answer) {
    auto all = read_query_answer(answer.body);
    if (answer.status == 200) return all;
    if (answer.status == 401 || answer.status == 403) return fail("it wants another user or password");
    if (all || answer.status == 404)
      return fail(fmt::format("no Prometheus answers there ({})", answer.status));
    return fail(fmt::format("{} ({})", all.error().message, answer.status));
  }

  // What time it is there, whose samples it has, and how many.
  Result<void> begin() {
    const auto clock = query("vector(time())", std::nullopt);
    if (!clock) return tl::unexpected(clock.error());
    const auto now = read(*clock);
    if (!now) return tl::unexpected(now.error());
    if (now->size() != 1 || now->front().samples.size() != 1)
      return fail("the answer is not what Prometheus answers");
    end_ms_ = now->front().samples.front().time_ms;

    const auto counted =
        query(fmt::format("count_over_time({{__name__=\"{}\"{}}}[20000d])", kHead, more_), end_ms_);
    if (!counted) return tl::unexpected(counted.error());
    const auto counts = read(*counted);
    if (!counts && !request_.match.empty() && counted->status == 400) return tl::unexpected(counts.error());
    if (!counts) return {};  // it counts no such number: then as far as there is something
    all_ = 0;
    for (const SampledSeries& series : *counts)
      for (const Sample& sample : series.samples) *all_ += exact(sample.value).value_or(0);
    return {};
  }

  // The samples of the `piece_ms` up to end_ms_, how many of the head. Nothing: these are too many.
  Result<std::optional<std::uint64_t>> read_piece(std::int64_t piece_ms) {
    const auto answer =
        query(fmt::format("{{__name__=~\"{}|{}\"{}}}[{}ms]", kHead, kRecords, more_, piece_ms), end_ms_);
    if (!answer) return tl::unexpected(answer.error());
    const bool can_be_less = piece_ms >= 2 * kMinuteMs;
    if (answer->is_cut && can_be_less) return std::nullopt;
    if (answer->is_cut) return fail("the answer is larger than any should be");
    const auto all = read(*answer);
    if (!all && answer->status == 422 && can_be_less) return std::nullopt;
    if (!all) return tl::unexpected(all.error());
    return take(*all, end_ms_ - piece_ms);
  }

  // Half open: some versions answer with both ends, some with one.
  std::uint64_t take(const std::vector<SampledSeries>& all, std::int64_t after_ms) {
    struct Pair {
      std::optional<double> records, head;
    };
    std::map<std::string, std::map<std::int64_t, Pair, std::greater<>>> pairs;
    std::uint64_t heads = 0;
    for (const SampledSeries& series : all) {
      const auto name = series.labels.find("__name__");
      if (name == series.labels.end()) continue;
      const bool is_head = name->second == kHead;
      if (!is_head && name->second != kRecords) continue;
      const std::string labels = to_string(series.labels);
      series_[labels].labels = series.labels;
      for (const Sample& sample : series.samples) {
        if (sample.time_ms <= after_ms || sample.time_ms > end_ms_) continue;
        Pair& pair = pairs[labels][sample.time_ms];
        (is_head ? pair.head : pair.records) = sample.value;
        heads += is_head ? 1 : 0;
      }
    }
    for (const auto& [labels, of_series] : pairs)
      for (const auto& [time_ms, pair] : of_series) {
        const auto records = exact(pair.records.value_or(-1)), head = exact(pair.head.value_or(-1));
        if (records && head)
          add(series_[labels].runs, *records, *head, time_ms);
        else
          ++history_.unpaired;
      }
    return heads;
  }

  void add(std::vector<Witnessed>& runs, std::uint64_t records, std::uint64_t head, std::int64_t time_ms) {
    ++history_.samples;
    if (runs.empty() || runs.back().records != records || runs.back().head != head) {
      runs.push_back({.records = records, .head = head, .first_ms = time_ms, .last_ms = time_ms});
      return;
    }
    runs.back().first_ms = time_ms;
    ++runs.back().samples;
  }

  Result<WitnessHistory> finish() {
    if (history_.samples == 0)
      return fail(request_.match.empty() ? "it has no samples of any evidence"
                                         : "it has no samples of evidence that match " + request_.match);
    std::set<std::string> instances;
    std::string list;
    for (auto& [labels, growing] : series_) {
      if (growing.runs.empty()) continue;
      instances.insert(growing.labels["instance"]);
      list += "\n  " + labels;
      std::reverse(growing.runs.begin(), growing.runs.end());
      history_.series.push_back({.labels = labels, .runs = std::move(growing.runs)});
    }
    if (request_.match.empty() && instances.size() > 1)
      return fail("it has witnessed several logs; choose one with --witness-match:" + list);
    return std::move(history_);
  }

  const Ask& ask_;
  const HistoryRequest& request_;
  std::string more_;  // of the selector
  std::int64_t end_ms_ = 0;
  std::optional<std::uint64_t> all_;  // samples of the head that there are; nothing: unknown
  std::uint64_t found_ = 0;
  int queries_ = 0;
  std::map<std::string, Growing> series_;
  WitnessHistory history_;
};

}  // namespace

bool is_selector(const std::string& match) {
  return match.size() > 2 && match.front() == '{' && match.back() == '}';
}

Result<WitnessHistory> read_witness_history(const Ask& ask, const HistoryRequest& request) {
  return HistoryReader(ask, request).run();
}

}  // namespace purposewatch
