#include "agent/report/grant_list.h"

#include <algorithm>

#include "agent/report/record_text.h"
#include "exporters/terminal/json_path.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kActionPrefix = "grant-";

bool touches(const GrantReport& grant, const ReportPeriod& period) {
  if (grant.granted > 0 || grant.flagged > 0) return true;
  const std::int64_t end = grant.ended_ns != 0 ? grant.ended_ns : grant.expires_ns;
  return grant.given_ns < period.until_ns && (end == 0 || end >= period.since_ns);
}

}  // namespace

// A request that was refused has no id: it is known by its record.
void GrantList::take_grant(const Json& event, std::uint64_t record, std::int64_t wall_ns) {
  std::string id = text_in(event, {"purposewatch", "grant"});
  if (id.empty()) id = "record " + std::to_string(record);
  Grant* grant = known(id);
  if (grant == nullptr) {
    ++events_left_out_;
    return;
  }
  GrantReport& report = grant->report;
  std::string change = text_in(event, {"event", "action"});
  if (change.starts_with(kActionPrefix)) change.erase(0, kActionPrefix.size());
  if (change == "reviewed") {
    report.reviewed_by = text_in(event, {"purposewatch", "reviewed_by"});
    if (report.reviewed_by.empty()) report.reviewed_by = text_in(event, {"user", "name"});
  } else {
    report.state = change;
  }
  if (change == "given") report.given_ns = wall_ns;
  if (change == "refused") report.given_ns = report.ended_ns = wall_ns;
  if (change == "revoked" || change == "expired") report.ended_ns = wall_ns;
  if (change == "refused") report.why = text_in(event, {"event", "reason"});
  const auto set = [&](std::string& member, const char* name) {
    if (std::string text = text_in(event, {"purposewatch", name}); !text.empty()) member = std::move(text);
  };
  set(report.who, "who");
  set(report.store, "store");
  set(report.purpose, "purpose");
  set(report.reference, "reference");
  set(report.approved_by, "approved_by");
  set(report.requested_by, "requested_by");
  if (const std::int64_t expires = moment_in(event, {"purposewatch", "expires"}); expires != 0)
    report.expires_ns = expires;
  const Json* access = value_at(event, {"purposewatch", "access"});
  if (access != nullptr && access->is_array() && report.access.empty())
    for (std::size_t i = 0; i < access->size() && i < kAccessKindCount; ++i)
      if ((*access)[i].is_string())
        report.access.push_back(shown_text((*access)[i].get_ref<const std::string&>()));
  const Json* breaks_glass = value_at(event, {"purposewatch", "break_glass"});
  report.is_break_glass = breaks_glass != nullptr && breaks_glass->is_boolean() && breaks_glass->get<bool>();
  note_clients(*grant, event);
}

void GrantList::note_clients(Grant& grant, const Json& event) const {
  if (text_in(event, {"purposewatch", "record", "blank"}) != "") {
    grant.report.clients_are_blanked = grant.report.clients == 0;
    return;
  }
  const Json* clients = value_at(event, {"purposewatch", "clients"});
  const bool are_named = clients != nullptr && clients->is_array() && !clients->empty();
  grant.report.clients = are_named ? clients->size() : 0;
  grant.report.clients_are_blanked = false;
  grant.is_for_client =
      !are_named || std::any_of(clients->begin(), clients->end(), [this](const Json& client) {
        return client.is_string() && client.get_ref<const std::string&>() == client_;
      });
}

void GrantList::take_finding(const Json& finding) {
  const std::string id = text_in(finding, {"purposewatch", "grant"});
  if (id.empty()) return;
  Grant* grant = known(id);
  if (grant == nullptr) return;
  const std::uint64_t count = std::max<std::uint64_t>(1, number_in(finding, {"purposewatch", "count"}));
  if (text_in(finding, {"purposewatch", "verdict"}) != "granted") {
    grant->report.flagged += count;
    return;
  }
  grant->report.granted += count;
  grant->is_for_client = true;
  if (grant->report.clause.empty()) grant->report.clause = text_in(finding, {"purposewatch", "clause"});
  if (grant->report.purpose.empty()) grant->report.purpose = text_in(finding, {"purposewatch", "purpose"});
}

GrantList::Grant* GrantList::known(const std::string& id) {
  if (grants_.size() >= grants_max_ && !grants_.contains(id)) return nullptr;
  Grant& grant = grants_[id];
  grant.report.id = id;
  return &grant;
}

std::string GrantList::reference_of(const std::string& grant) const {
  const auto found = grants_.find(grant);
  return found == grants_.end() ? std::string() : found->second.report.reference;
}

Listed<GrantReport> GrantList::list(const ReportPeriod& period, std::size_t rows_max) const {
  Listed<GrantReport> list;
  for (const auto& [id, grant] : grants_)
    if (touches(grant.report, period) && (client_.empty() || grant.is_for_client))
      list.rows.push_back(grant.report);
  std::sort(list.rows.begin(), list.rows.end(), [](const GrantReport& a, const GrantReport& b) {
    return std::tie(b.given_ns, a.id) < std::tie(a.given_ns, b.id);
  });
  list.more = events_left_out_;
  list.limit_to(rows_max);
  return list;
}

}  // namespace purposewatch
