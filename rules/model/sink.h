// Where findings go. A sink never blocks the event loop for long, never throws and never keeps a reference.
#pragma once

#include "rules/model/finding.h"

namespace purposewatch {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void accept(const Finding& finding) = 0;
  // Called when a batch ends: hand on what is buffered.
  virtual void flush() {}
};

}  // namespace purposewatch
