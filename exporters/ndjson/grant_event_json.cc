#include "exporters/ndjson/grant_event_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "exporters/ndjson/event_fields.h"
#include "exporters/text/time_text.h"
#include "exporters/text/word.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

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
  if (grant.expires_wall_ns != 0) json["expires"] = rfc3339(grant.expires_wall_ns);
  if (grant.is_break_glass) json["break_glass"] = true;
  if (event.policy) json["policy"] = {{"version", event.policy->version}, {"digest", event.policy->digest}};
  return json;
}

Json event_of(const GrantEvent& event) {
  const bool pages = event.change == GrantChange::kGiven && event.grant.is_break_glass;
  const bool is_refused = event.change == GrantChange::kRefused;
  Json json = {{"@timestamp", rfc3339(event.wall_ns)},
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
  return json;
}

void append(std::string& out, const Json& json) {
  out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool names_one_of(const Json& value, const std::vector<std::string>& clients) {
  if (value.is_array())
    return std::any_of(value.begin(), value.end(),
                       [&](const Json& item) { return names_one_of(item, clients); });
  return value.is_string() && std::any_of(clients.begin(), clients.end(), [&](const std::string& client) {
           return has_word(value.get_ref<const std::string&>(), visible_text(client));
         });
}

// Moves what names one of the clients out of the object, to the same place in another.
Json take_out_naming(Json& object, const std::vector<std::string>& clients) {
  Json taken = Json::object();
  for (auto member = object.begin(); member != object.end();) {
    if (member->is_object()) {
      if (Json inner = take_out_naming(*member, clients); !inner.empty())
        taken[member.key()] = std::move(inner);
    } else if (names_one_of(*member, clients)) {
      taken[member.key()] = std::move(*member);
      member = object.erase(member);
      continue;
    }
    ++member;
  }
  return taken;
}

}  // namespace

void append_grant_event(std::string& out, const GrantEvent& event) {
  append(out, event_of(event));
}

void append_grant_event_parts(std::string& open, std::string& personal, const GrantEvent& event) {
  Json json = event_of(event);
  const Json taken = take_out_naming(json, event.grant.clients);
  append(open, json);
  if (!taken.empty()) append(personal, taken);
}

}  // namespace purposewatch
