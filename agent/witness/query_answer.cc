#include "agent/witness/query_answer.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "exporters/text/encoding.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

constexpr double kSecondsMax = 4e9;  // later is no moment of ours
constexpr std::size_t kReasonBytesMax = 300;

Sample sample_of(const SortedJson& pair) {
  const double seconds = pair.at(0).get<double>();
  if (!(seconds >= 0 && seconds < kSecondsMax)) throw std::out_of_range("a sample has no time");
  Sample sample{.time_ms = std::llround(seconds * 1000)};
  const auto& text = pair.at(1).get_ref<const std::string&>();
  const char* end = text.data() + text.size();
  // Whatever is no number is one that nobody exports.
  if (const auto read = std::from_chars(text.data(), end, sample.value);
      read.ec != std::errc() || read.ptr != end)
    sample.value = std::nan("");
  return sample;
}

SampledSeries series_of(const SortedJson& result) {
  SampledSeries series;
  for (const auto& [name, value] : result.at("metric").items())
    series.labels[name] = value.get<std::string>();
  if (const auto value = result.find("value"); value != result.end()) {
    series.samples.push_back(sample_of(*value));
    return series;
  }
  const SortedJson& values = result.at("values");
  if (!values.is_array()) throw std::out_of_range("a series has no samples");
  series.samples.reserve(values.size());
  for (const SortedJson& pair : values) series.samples.push_back(sample_of(pair));
  return series;
}

}  // namespace

Result<std::vector<SampledSeries>> read_query_answer(std::string_view body) {
  const SortedJson answer = SortedJson::parse(body, nullptr, false);
  try {
    if (!answer.is_object()) return fail("the answer is not what Prometheus answers");
    if (answer.at("status") != "success") {
      const auto why = answer.at("error").get<std::string>();
      return fail(visible_text(why.substr(0, kReasonBytesMax), Backslash::kKeep));
    }
    std::vector<SampledSeries> all;
    const SortedJson& results = answer.at("data").at("result");
    if (!results.is_array()) return fail("the answer is not what Prometheus answers");
    for (const SortedJson& result : results) all.push_back(series_of(result));
    return all;
  } catch (const std::exception&) {  // of the JSON library, and our own
    return fail("the answer is not what Prometheus answers");
  }
}

std::string to_string(const Labels& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    if (name == "__name__") continue;
    if (text.size() > 1) text += ',';
    text += visible_text(name) + '=';
    append_json_string(text, value);
  }
  return text + '}';
}

}  // namespace purposewatch
