#include "exporters/ndjson/grant_event_json.h"

#include <nlohmann/json.hpp>

#include "exporters/ndjson/event_fields.h"
#include "exporters/text/time_text.h"
#include "exporters/text/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

std::string date(std::int64_t wall_ns) {
  std::string text;
  append_rfc3339(text, wall_ns);
  return text;
}

// Of the category `iam`.
const char* ecs_type(GrantChange change) {
  switch (change) {
    case GrantChange::kGiven:
      return "creation";
    case GrantChange::kRevoked:
    case GrantChange::kExpired:
      return "deletion";
    case GrantChange::kReviewed:
      return "change";
    case GrantChange::kRefused:
      break;
  }
  return "info";
}

// What is empty is left out.
class Fields {
 public:
  Fields& add(const char* name, const std::string& text) {
    if (!text.empty()) json_[name] = visible_text(text);
    return *this;
  }
  Fields& add(const char* name, Json value) {
    if (!value.empty()) json_[name] = std::move(value);
    return *this;
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

Json grant_fields(const GrantEvent& event) {
  const Grant& grant = event.grant;
  Json clients = Json::array(), access = Json::array();
  for (const std::string& client : grant.clients) clients.push_back(visible_text(client));
  for (std::size_t i = 0; i < kAccessKindCount; ++i)
    if (grant.access & mask_of(static_cast<AccessKind>(i))) access.push_back(kAccessKindNames[i]);
  Fields fields;
  fields.add("grant", grant.id)
      .add("who", grant.who())
      .add("store", grant.store)
      .add("clients", std::move(clients))
      .add("access", std::move(access))
      .add("purpose", grant.purpose)
      .add("reference", grant.reference)
      .add("approved_by", grant.approved_by)
      .add("requested_by", grant.requested_by)
      .add("reviewed_by", grant.reviewed_by)
      .add("source", grant.source);
  Json json = fields.take();
  if (grant.expires_wall_ns != 0) json["expires"] = date(grant.expires_wall_ns);
  if (grant.is_break_glass) json["break_glass"] = true;
  if (event.policy) json["policy"] = {{"version", event.policy->version}, {"digest", event.policy->digest}};
  return json;
}

}  // namespace

void append_grant_event(std::string& out, const GrantEvent& event) {
  const bool pages = event.change == GrantChange::kGiven && event.grant.is_break_glass;
  const bool is_refused = event.change == GrantChange::kRefused;
  Json json = {{"@timestamp", date(event.wall_ns)},
               {"ecs", {{"version", kEcsVersion}}},
               {"event",
                {{"kind", pages ? "alert" : "event"},
                 {"category", {"iam"}},
                 {"type", {ecs_type(event.change)}},
                 {"action", name_of(event.change)},
                 {"outcome", is_refused ? "failure" : "success"}}}};
  if (!event.why.empty()) json["event"]["reason"] = visible_text(event.why);
  if (!event.by.empty()) json["user"]["name"] = visible_text(event.by);
  if (event.host) json["host"] = {{"name", visible_text(event.host->name)}, {"id", event.host->id}};
  json["purposewatch"] = grant_fields(event);
  out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace purposewatch
