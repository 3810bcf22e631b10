#include "agent/control/health_json.h"

#include <nlohmann/json.hpp>

namespace purposewatch {

using Json = nlohmann::ordered_json;

std::string health_json(const Health& health) {
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
        {"denied_opens", health.denied_opens},
        {"ring_used_bytes", health.ring_used_bytes}}},
      {"capabilities", health.capabilities},
  };
  for (const StageLoss& loss : health.lost) json["events"]["lost"][loss.stage] = loss.value;
  for (const HookHealth& hook : health.hooks)
    json["hooks"].push_back({{"hook", hook.hook},
                             {"backend", hook.backend},
                             {"up", hook.up},
                             {"fired_timestamp", hook.fired_timestamp},
                             {"why", hook.why}});
  Json stores = Json::object();
  for (const StoreHealth& store : health.stores)
    stores[store.store] = {
        {"permitted", 0}, {"flagged", 0}, {"last_flagged_timestamp", store.last_flagged_timestamp}};
  for (const AccessCount& count : health.accesses) {
    auto& permitted = stores[count.store]["permitted"];
    permitted = (permitted.is_number() ? permitted.get<std::uint64_t>() : 0) + count.value;
  }
  for (const FlaggedCount& count : health.flagged) {
    auto& flagged = stores[count.store]["flagged"];
    flagged = (flagged.is_number() ? flagged.get<std::uint64_t>() : 0) + count.value;
  }
  json["stores"] = std::move(stores);
  for (const MapHealth& map : health.maps)
    json["maps"].push_back({{"map", map.map}, {"entries", map.entries}, {"capacity", map.capacity}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace purposewatch
