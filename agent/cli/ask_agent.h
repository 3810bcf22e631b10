// What the commands share that speak with the running agent.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

// All that the agent says until it closes the connection.
Result<std::string> read_answer(const Descriptor& connection);

// Asks, and shows on standard error, for the command of this name, what went wrong or was refused. The
// answer, or null and the exit code.
nlohmann::ordered_json ask_agent_for_json(const std::string& command, const std::string& state_dir,
                                          const std::string& request, int& exit_code);

}  // namespace purposewatch
