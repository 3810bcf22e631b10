#include "agent/report/client_accesses.h"

#include <algorithm>

#include "agent/report/disclosure_list.h"
#include "agent/report/record_text.h"
#include "exporters/terminal/json_path.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

// Staff may be called as a client is.
constexpr const char* kSomebodyElse = "somebody who is called like another client";
constexpr const char* kNotTold = "not told here: it may name another client";

// What is above the client's own directory may name whose else it is.
std::string below_client(const std::string& path, const std::string& client) {
  const std::size_t at = (path + "/").find("/" + client + "/");
  return client.empty() || at == std::string::npos ? std::string() : path.substr(at + 1);
}

}  // namespace

void ClientAccesses::note_names(const Json& event) {
  others_.note(text_in(event, {"purposewatch", "client"}));
  const Json* clients = value_at(event, {"purposewatch", "clients"});
  if (clients == nullptr || !clients->is_array()) return;
  for (const Json& client : *clients)
    if (client.is_string()) others_.note(shown_text(client.get_ref<const std::string&>()));
}

void ClientAccesses::take(const Json& finding, std::uint64_t record, std::int64_t wall_ns) {
  ClientAccess access;
  access.record = record;
  access.count = std::max<std::uint64_t>(1, number_in(finding, {"purposewatch", "count"}));
  access.last_ns = wall_ns;
  access.first_ns = moment_in(finding, {"event", "start"});
  if (access.first_ns == 0) access.first_ns = wall_ns;
  access.kind = text_in(finding, {"event", "action"});
  access.store = text_in(finding, {"purposewatch", "store"});
  access.place = below_client(text_in(finding, {"file", "path"}), client_);
  access.to = destination_of(finding);
  access.verdict = text_in(finding, {"purposewatch", "verdict"});
  access.reason = text_in(finding, {"purposewatch", "reason"});
  access.purpose = text_in(finding, {"purposewatch", "purpose"});
  access.clause = text_in(finding, {"purposewatch", "clause"});
  access.grant = text_in(finding, {"purposewatch", "grant"});
  if (access.verdict == "flagged") access.incident = text_in(finding, {"purposewatch", "incident"});
  rows_.push_back({.access = std::move(access), .actor = actor_for_client(finding, client_)});
  if (rows_.size() <= rows_max_) return;
  rows_.pop_front();
  ++more_;
}

std::string ClientAccesses::told(const std::string& text, const char* instead) const {
  return others_.may_be_named_in(text) ? instead : text;
}

// Root is root, also where a client has a mailbox of that name.
Actor ClientAccesses::told(const ActorForClient& actor) const {
  Actor who = actor.who;
  if (!actor.person_is_system) who.person = told(who.person, kSomebodyElse);
  if (!actor.acts_as_is_system) who.acts_as = told(who.acts_as, kSomebodyElse);
  who.program = told(who.program, kNotTold);
  return who;
}

Listed<ClientAccess> ClientAccesses::list(const IncidentList& incidents, const GrantList& grants) const {
  Listed<ClientAccess> list;
  list.more = more_;
  for (const Row& row : rows_) {
    ClientAccess access = row.access;
    access.who = told(row.actor);
    access.to = told(access.to, kNotTold);
    access.reference = told(grants.reference_of(access.grant), kNotTold);
    if (!access.incident.empty()) {
      access.review = incidents.review_of(access.incident);
      access.review.reference = told(access.review.reference, kNotTold);
      access.review.by = told(access.review.by, kSomebodyElse);
    }
    list.rows.push_back(std::move(access));
  }
  return list;
}

Listed<GrantReport> ClientAccesses::without_others(Listed<GrantReport> grants) const {
  for (GrantReport& grant : grants.rows) {
    for (std::string* person : {&grant.who, &grant.approved_by, &grant.requested_by, &grant.reviewed_by})
      *person = told(*person, kSomebodyElse);
    grant.reference = told(grant.reference, kNotTold);
    grant.why.clear();
    // How many others it is for is nothing to this one.
    if (grant.clients > 1) grant.clients = 1;
  }
  return grants;
}

}  // namespace purposewatch
