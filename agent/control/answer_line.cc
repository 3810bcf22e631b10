#include "agent/control/answer_line.h"

namespace purposewatch {

std::string answer_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string refusal_line(const std::vector<std::string>& errors) {
  return answer_line({{"errors", errors}});
}

}  // namespace purposewatch
