#include <algorithm>
#include <limits>

#include "exporters/prometheus/metrics.h"
#include "rules/base/visible_text.h"

namespace purposewatch {

void SeriesWriter::add(std::initializer_list<Label> labels, double value) {
  prometheus::ClientMetric metric;
  std::string key;
  for (const auto& [name, label_value] : labels) {
    metric.label.push_back({std::string{name}, visible_text(label_value, Backslash::kKeep)});
    key += metric.label.back().value;
    key += '\n';  // visible text has none: it separates
  }
  const auto [known, is_new] = known_.try_emplace(std::move(key), family_.metric.size());
  if (is_new) family_.metric.push_back(std::move(metric));
  prometheus::ClientMetric& series = family_.metric[known->second];
  if (family_.type == prometheus::MetricType::Counter)
    series.counter.value += value;
  else
    series.gauge.value = is_new ? value : std::max(series.gauge.value, value);
}

void SeriesWriter::add(const Latencies& latencies) {
  prometheus::ClientMetric metric;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < latencies.counts.size(); ++i) {
    below += latencies.counts[i];
    const bool is_last = i == Latencies::kBounds.size();
    metric.histogram.bucket.push_back(
        {below, is_last ? std::numeric_limits<double>::infinity() : Latencies::kBounds[i]});
  }
  metric.histogram.sample_count = below;
  metric.histogram.sample_sum = latencies.sum;
  family_.metric.push_back(std::move(metric));
}

}  // namespace purposewatch
