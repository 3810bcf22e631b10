// Erasures through the control socket:
//
//   erase {"client_base64": NAME, "reference": TEXT}   as below, or {"errors": ["..."]}
//   erasure      of the last one: {"state": "none", "searching", "blanking", "done" or "failed",
//                "bytes_done", "bytes_all", "records", "error"}
#pragma once

#include <functional>
#include <string>

#include "agent/control/server.h"
#include "agent/evidence/cleaner.h"

namespace purposewatch {

// forget: begins to forget whatever else the agent knows of the client.
// is_forgotten: also by what is kept in files. Nothing is "done" before.
Answers erasure_answers(EvidenceCleaner& cleaner, std::function<void(const std::string& client)> forget,
                        std::function<bool()> is_forgotten);

}  // namespace purposewatch
