#include "agent/daemon/sensor_place.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace purposewatch {

SensorPlace::SensorPlace(const std::string& pin_dir, const std::string& state_dir, std::string boot_id)
    : directory_(state_dir + "/sensor"), boot_id_(std::move(boot_id)) {
  if (pin_dir.empty()) return;
  auto pins = Pins::open(pin_dir);
  if (pins)
    pins_.emplace(std::move(*pins));
  else
    spdlog::error("what happens while no agent runs will not be seen: {}", pins.error().message);
}

HandoverOptions SensorPlace::handover(const EvidenceKeeper& evidence) {
  if (!pins_) return {};
  return {.pins = &*pins_,
          .directory = directory_,
          .boot_id = boot_id_,
          .recorded = [&evidence](std::uint64_t since) { return evidence.recorded_since(since); },
          .given = [&evidence] { return evidence.given(); },
          .kept = [&evidence] { return evidence.kept(); }};
}

}  // namespace purposewatch
