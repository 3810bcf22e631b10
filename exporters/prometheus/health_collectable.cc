#include "exporters/prometheus/health_collectable.h"

#include <prometheus/text_serializer.h>

#include <exception>
#include <sstream>

#include "exporters/prometheus/metrics.h"

namespace purposewatch {

std::vector<prometheus::MetricFamily> HealthCollectable::Collect() const try {
  const Health health = health_();
  const ProcessStats process = read_process_stats(proc_dir_);
  const MetricSource source{build_, health, process};
  std::vector<prometheus::MetricFamily> families;
  for (const Metric& metric : metrics()) {
    prometheus::MetricFamily family{std::string{metric.name}, std::string{metric.help}, metric.type, {}};
    SeriesWriter series{family};
    metric.collect(series, source);
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  return families;
} catch (const std::exception&) {
  return {};
}

std::string metrics_text(const prometheus::Collectable& collectable) {
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, collectable.Collect());
  return out.str();
}

}  // namespace purposewatch
