// The signals that the loop reads as events.
#pragma once

#include "rules/base/descriptor.h"

namespace purposewatch {

// Blocks SIGHUP, SIGINT and SIGTERM, and ignores SIGPIPE; before any thread is made, so that all inherit it.
// A signalfd.
Descriptor take_signals();

}  // namespace purposewatch
