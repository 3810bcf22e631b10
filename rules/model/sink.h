// Where findings go, and what happens to grants. A sink never blocks the event loop for long, never throws
// and never keeps a reference.
#pragma once

#include "rules/model/finding.h"
#include "rules/model/grant_event.h"

namespace purposewatch {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void accept(const Finding& finding) = 0;
  virtual void note(const GrantEvent& /*event*/) {}
  // Called when a batch ends: hand on what is buffered.
  virtual void flush() {}
};

}  // namespace purposewatch
