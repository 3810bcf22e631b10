#include "exporters/alertmanager/alert.h"

#include <nlohmann/json.hpp>

#include "exporters/text/time_text.h"

namespace purposewatch {

std::string alerts_json(const std::vector<Alert>& alerts) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  for (const Alert& alert : alerts) {
    Json one = {{"labels", alert.labels},
                {"annotations", alert.annotations},
                {"startsAt", rfc3339(alert.starts_wall_ns)},
                {"endsAt", rfc3339(alert.ends_wall_ns)}};
    if (!alert.generator_url.empty()) one["generatorURL"] = alert.generator_url;
    all.push_back(std::move(one));
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace purposewatch
