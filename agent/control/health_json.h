// Health as JSON: what `status` is answered with.
#pragma once

#include <string>

#include "rules/model/health.h"

namespace purposewatch {

// One line, valid UTF-8.
std::string health_json(const Health& health);

}  // namespace purposewatch
