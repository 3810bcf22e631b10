#include "exporters/terminal/event_filter.h"

#include "exporters/terminal/json_path.h"
#include "exporters/text/visible_text.h"

namespace purposewatch {

bool matches(const EventFilter& filter, const nlohmann::json& event) {
  const auto is = [&event](const char* field, const std::string& wanted) {
    return wanted.empty() || text_at(event, {"purposewatch", field}) == wanted;
  };
  // Events carry the client as visible text.
  return is("store", filter.store) && is("client", visible_text(filter.client)) &&
         is("verdict", filter.verdict);
}

}  // namespace purposewatch
