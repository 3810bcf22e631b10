#include "agent/cli/ask_agent.h"

#include <unistd.h>

#include <cerrno>

#include "agent/cli/command.h"
#include "agent/control/server.h"

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
  const auto give_up = [&](const std::string& why) {
    exit_code = complain(command, why, kCannotRunHere);
    return Json();
  };
  const auto connection = ask_agent(state_dir, request);
  if (!connection) return give_up(connection.error().message);
  const auto answer = read_answer(*connection);
  if (!answer) return give_up(answer.error().message);
  Json json = Json::parse(*answer, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return give_up("the agent does not answer in JSON");
  exit_code = json.contains("errors") ? kAnswerIsNo : kFine;
  for (const Json& error : json.value("errors", Json::array()))
    complain(command, error.get<std::string>(), kAnswerIsNo);
  return exit_code == kFine ? json : nullptr;
}

}  // namespace purposewatch
