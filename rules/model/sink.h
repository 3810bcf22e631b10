// Where findings go, what happens to grants, and what is done to the agent. A sink never blocks the event
// loop for long, never throws and never keeps a reference.
#pragma once

#include "rules/model/finding.h"
#include "rules/model/grant_event.h"
#include "rules/model/tamper_event.h"

namespace purposewatch {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void accept(const Finding& finding) = 0;
  virtual void note(const GrantEvent& /*event*/) {}
  virtual void note(const TamperEvent& /*event*/) {}
  // Called when a batch ends: hand on what is buffered.
  virtual void flush() {}
};

}  // namespace purposewatch
