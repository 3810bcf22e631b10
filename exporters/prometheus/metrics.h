// The table of metrics: what is exported and the metrics reference both come from it.
#pragma once

#include <prometheus/metric_type.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "exporters/prometheus/build_info.h"
#include "exporters/prometheus/process_stats.h"
#include "rules/model/health.h"

namespace purposewatch {

// Gathers the series of one metric. Label values become valid UTF-8, because one bad byte fails a whole
// scrape; so does a series given twice, so equal labels are merged: counters added, of gauges the greatest.
class SeriesWriter {
 public:
  explicit SeriesWriter(prometheus::MetricFamily& family) : family_(family) {}

  using Label = std::pair<std::string_view, std::string_view>;
  void add(std::initializer_list<Label> labels, double value);
  void add(double value) { add({}, value); }
  void add(const Latencies& latencies);  // a histogram's only series

 private:
  prometheus::MetricFamily& family_;
  std::unordered_map<std::string, std::size_t> known_;  // labels to index
};

struct MetricSource {
  const BuildInfo& build;
  const Health& health;
  const ProcessStats& process;
};

struct Metric {
  std::string_view name;
  prometheus::MetricType type;
  std::string_view labels;  // for the reference: "store, access"
  std::string_view help;    // one line, no backslash: the serializer escapes nothing
  void (*collect)(SeriesWriter& series, const MetricSource& source);
};

std::span<const Metric> metrics();

// The metrics as a page in Markdown.
std::string metrics_reference();

}  // namespace purposewatch
