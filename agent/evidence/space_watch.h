// How full the evidence's file system is, in stages: each is told once when it is reached, and when it is
// left.
#pragma once

#include <optional>
#include <string_view>

#include "exporters/evidence/storage.h"

namespace purposewatch {

class SpaceWatch {
 public:
  // The stage that begins with this: "75", "90" (percent), "ok". Nothing: it is as it was. A stage is left
  // two percent below where it is reached.
  std::optional<std::string_view> look(const Storage::Space& space);

 private:
  int stage_ = 0;
};

}  // namespace purposewatch
