// Grants through the control socket:
//
//   grant REQUEST   rules/language/grant_request.h, as one line of JSON    {"grant": {...}} or {"errors":
//   ["...", ...]} revoke ID                                                              the same review ID
//   of a break-glass grant                                 the same grants {"boot_ns": ..., "grants": [{...},
//   ...]}
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/control/server.h"
#include "agent/grants/grant_book.h"

namespace purposewatch {

// rules: those in force. Both are asked for when there is something to answer.
Answers grant_answers(std::function<GrantBook&()> book,
                      std::function<std::shared_ptr<const RuleSet>()> rules);

}  // namespace purposewatch
