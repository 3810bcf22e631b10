// What of the host is the agent's own: where its files are, and who its canary is.
#pragma once

#include "agent/daemon/daemon.h"
#include "agent/flow/canary.h"
#include "agent/flow/own_stores.h"

namespace purposewatch {

OwnPlaces own_places(const DaemonOptions& options);
CanaryOptions canary_options(const DaemonOptions& options);

}  // namespace purposewatch
