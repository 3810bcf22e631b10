#include "agent/cli/ask_agent.h"

#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "agent/cli/command.h"
#include "agent/control/server.h"
#include "rules/base/visible_text.h"

namespace purposewatch {

using Json = nlohmann::ordered_json;

Result<std::string> read_answer(const Descriptor& connection) {
  std::string answer;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(connection.get(), buffer, sizeof(buffer));
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("the agent does not answer");
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  if (answer.empty()) return fail("the agent has ended");
  return answer;
}

Json ask_agent_for_json(const std::string& command, const std::string& state_dir, const std::string& request,
                        int& exit_code) {
  const auto complain = [&](const std::string& why) {
    std::cerr << "purposewatch " << command << ": " << visible_text(why, Backslash::kKeep) << "\n";
  };
  exit_code = kCannotRunHere;
  const auto connection = ask_agent(state_dir, request);
  if (!connection) return complain(connection.error().message), nullptr;
  const auto answer = read_answer(*connection);
  if (!answer) return complain(answer.error().message), nullptr;
  Json json = Json::parse(*answer, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return complain("the agent does not answer in JSON"), nullptr;
  exit_code = json.contains("errors") ? kAnswerIsNo : kFine;
  for (const Json& error : json.value("errors", Json::array())) complain(error.get<std::string>());
  return exit_code == kFine ? json : nullptr;
}

}  // namespace purposewatch
