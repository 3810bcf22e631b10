// Health as Prometheus sees it.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <string>

#include "exporters/prometheus/build_info.h"
#include "rules/model/health.h"

namespace purposewatch {

class HealthCollectable final : public prometheus::Collectable {
 public:
  // `health` is asked at every scrape, from the thread that serves it.
  HealthCollectable(std::function<Health()> health, BuildInfo build, std::string proc_dir = "/proc/self")
      : health_(std::move(health)), build_(std::move(build)), proc_dir_(std::move(proc_dir)) {}

  // Never throws: prometheus-cpp would end the process. Empty when the health cannot be had.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<Health()> health_;
  BuildInfo build_;
  std::string proc_dir_;
};

// Prometheus text format 0.0.4; empty when `collectable` has nothing to say.
std::string metrics_text(const prometheus::Collectable& collectable);

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace purposewatch
