#include <algorithm>

#include "exporters/prometheus/metrics.h"
#include "exporters/text/visible_text.h"

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

}  // namespace purposewatch
