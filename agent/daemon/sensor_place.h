// Where the sensor stays while no agent runs, and what the agent leaves for the next one.
#pragma once

#include <optional>
#include <string>

#include "agent/daemon/evidence_keeper.h"
#include "agent/flow/handover.h"
#include "agent/kernel/pins.h"

namespace purposewatch {

class SensorPlace {
 public:
  // pin_dir: empty: nowhere. Where the sensor cannot stay, it still watches, and the log says why.
  SensorPlace(const std::string& pin_dir, const std::string& state_dir, std::string boot_id);

  // For one agent. evidence outlives it, as does this.
  HandoverOptions handover(const EvidenceKeeper& evidence);

 private:
  std::string directory_, boot_id_;
  std::optional<Pins> pins_;
};

}  // namespace purposewatch
