#include "agent/control/health_json.h"

#include <nlohmann/json.hpp>

namespace purposewatch {

using Json = nlohmann::ordered_json;

namespace {

Json stores_json(const Health& health) {
  Json stores = Json::object();
  for (const StoreHealth& store : health.stores)
    stores[store.store] = {
        {"permitted", 0}, {"flagged", 0}, {"last_flagged_timestamp", store.last_flagged_timestamp}};
  const auto add = [&](const std::string& store, const char* name, std::uint64_t value) {
    Json& sum = stores[store][name];
    sum = (sum.is_number() ? sum.get<std::uint64_t>() : 0) + value;
  };
  for (const AccessCount& count : health.accesses) add(count.store, "permitted", count.value);
  for (const FlaggedCount& count : health.flagged) add(count.store, "flagged", count.value);
  for (const IncidentCount& count : health.incidents) {
    Json& open = stores[count.store]["open_incidents"];
    open[count.severity] = count.open;
  }
  return stores;
}

Json grants_json(const Health& health) {
  Json grants = Json::object();
  for (const GrantCount& count : health.grants)
    grants[count.purpose] = {{"active", count.active},
                             {"expiry_timestamp", count.expiry_timestamp},
                             {"unreviewed", count.unreviewed}};
  return grants;
}

}  // namespace

Json safeguards_json(const std::vector<SafeguardHealth>& safeguards) {
  Json all = Json::array();
  for (const SafeguardHealth& one : safeguards)
    all.push_back({{"safeguard", one.safeguard},
                   {"kind", name_of(one.kind)},
                   {"clause", one.clause},
                   {"state", name_of(one.result.state)},
                   {"why", one.result.why},
                   {"remedy", one.result.remedy},
                   {"checked_timestamp", one.checked_timestamp}});
  return all;
}

std::string health_json(const Health& health) {
  std::uint64_t suppressed = 0;
  for (const StoreHealth& store : health.stores) suppressed += store.suppressed;
  Json json = {
      {"backend", health.backend},
      {"ready", health.ready},
      {"not_ready_reason", health.not_ready_reason},
      {"start_timestamp", health.start_timestamp},
      {"policy",
       {{"name", health.policy.name}, {"version", health.policy.version}, {"digest", health.policy.digest}}},
      {"reload",
       {{"successful", health.reload_successful},
        {"success_timestamp", health.reload_success_timestamp},
        {"error", health.reload_error}}},
      {"events",
       {{"seen", health.seen},
        {"delivered", health.delivered},
        {"suppressed", suppressed},
        {"denied_opens", health.denied_opens},
        {"ring_used_bytes", health.ring_used_bytes}}},
      {"capabilities", health.capabilities},
      {"protection", name_of(health.protection)},
  };
  for (const StageLoss& loss : health.lost) json["events"]["lost"][loss.stage] = loss.value;
  for (const HookHealth& hook : health.hooks)
    json["hooks"].push_back({{"hook", hook.hook},
                             {"backend", hook.backend},
                             {"up", hook.up},
                             {"fired_timestamp", hook.fired_timestamp},
                             {"why", hook.why}});
  json["stores"] = stores_json(health);
  json["grants"] = grants_json(health);
  json["safeguards"] = safeguards_json(health.safeguards);
  if (health.evidence)
    json["evidence"] = {{"records", health.evidence->records},
                        {"writable", health.evidence->is_writable},
                        {"free_bytes", health.evidence->free_bytes},
                        {"total_bytes", health.evidence->total_bytes}};
  if (health.paging)
    json["alert_deliveries"] = {{"success", health.paging->successes}, {"failure", health.paging->failures}};
  for (const MapHealth& map : health.maps)
    json["maps"].push_back({{"map", map.map}, {"entries", map.entries}, {"capacity", map.capacity}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace purposewatch
