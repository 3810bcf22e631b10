// Facts of this host that findings carry.
#pragma once

#include <memory>

#include "rules/model/finding.h"

namespace purposewatch {

std::shared_ptr<const HostIdentity> read_host_identity();

}  // namespace purposewatch
