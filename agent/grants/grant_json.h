// A grant as JSON: in the state directory, and in the answers of the control socket.
#pragma once

#include <string>

#include "rules/base/result.h"
#include "rules/model/grant.h"

namespace purposewatch {

struct StoredGrant {
  Grant grant;
  std::string boot_id;       // of the boot that its boot times are of
  bool end_is_told = false;  // its end has been recorded
};

// One line, valid UTF-8.
std::string grant_json(const StoredGrant& stored);
// What grant_json has written; anything else is an error.
Result<StoredGrant> grant_from_json(const std::string& text);

}  // namespace purposewatch
