#include "agent/incidents/incident_answers.h"

#include <fmt/format.h>

#include "agent/control/answer_line.h"
#include "agent/incidents/incident_json.h"
#include "exporters/terminal/json_path.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

std::string list(const IncidentBook& book) {
  Json incidents = Json::array();
  for (const auto& [id, incident] : book.all()) incidents.push_back(incident_json(incident));
  return answer_line({{"incidents", std::move(incidents)}});
}

std::string review(IncidentBook& book, const std::string& person, const std::string& text,
                   std::int64_t wall_ns) {
  const nlohmann::json request = nlohmann::json::parse(text, nullptr, false);
  const std::string_view name = text_at(request, {"disposition"});
  const auto disposition = disposition_named(name);
  if (!disposition)
    return refusal_line(
        {fmt::format("'{}' is no disposition: {}", visible_text(name), fmt::join(kDispositionNames, ", "))});
  const auto done = book.review({.incident = std::string(text_at(request, {"incident"})),
                                 .disposition = *disposition,
                                 .reference = std::string(text_at(request, {"reference"})),
                                 .by = person,
                                 .wall_ns = wall_ns});
  return done ? answer_line({{"incident", incident_json(*done)}}) : refusal_line({done.error().message});
}

}  // namespace

Answers incident_answers(std::function<IncidentBook&()> book, std::function<std::int64_t()> wall_ns) {
  return {
      {"incidents", [book](auto&, auto&) { return list(book()); }},
      {"review-incident",
       [book, wall_ns](auto& person, auto& text) { return review(book(), person, text, wall_ns()); }},
  };
}

}  // namespace purposewatch
