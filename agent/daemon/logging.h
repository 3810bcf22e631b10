// The agent's own log: one line per message on stderr, logfmt or JSON, nothing raw from outside in it.
#pragma once

#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// level: debug, info, warn, error. format: logfmt, json.
Result<void> set_up_logging(const std::string& level, const std::string& format);

}  // namespace purposewatch
