// What Prometheus answers to a query, as far as it is what one may answer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rules/base/result.h"

namespace purposewatch {

using Labels = std::map<std::string, std::string>;

struct Sample {
  std::int64_t time_ms = 0;  // since the epoch
  double value = 0;
};

struct SampledSeries {
  Labels labels;
  std::vector<Sample> samples;  // one, when the query asked for a moment
};

// body: of the answer. An error: it refuses, in its own words, or is no answer at all.
Result<std::vector<SampledSeries>> read_query_answer(std::string_view body);

// {instance="web1:9807",job="purposewatch"}, without the series' name.
std::string to_string(const Labels& labels);

}  // namespace purposewatch
