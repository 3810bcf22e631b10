#include "agent/incidents/incident_json.h"

#include <filesystem>

#include "agent/files/whole_file.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBytesMax = std::size_t{64} << 20U;

// Throws Json::exception.
Incident incident_of(const Json& json) {
  Incident incident;
  json.at("incident").get_to(incident.id);
  json.at("store").get_to(incident.store);
  json.at("reason").get_to(incident.reason);
  json.at("who").get_to(incident.who);
  json.at("executable").get_to(incident.executable);
  json.at("count").get_to(incident.count);
  json.at("first_wall_ns").get_to(incident.first_wall_ns);
  json.at("last_wall_ns").get_to(incident.last_wall_ns);
  json.at("reopened").get_to(incident.reopened);
  json.at("open").get_to(incident.is_open);
  for (std::size_t i = 0; i < kSeverityNames.size(); ++i)
    if (json.at("severity") == kSeverityNames[i]) incident.severity = static_cast<Severity>(i);
  if (!json.contains("disposition")) return incident;
  incident.disposition = disposition_named(json.at("disposition").get<std::string>());
  json.at("reference").get_to(incident.reference);
  json.at("reviewed_by").get_to(incident.reviewed_by);
  json.at("reviewed_wall_ns").get_to(incident.reviewed_wall_ns);
  return incident;
}

}  // namespace

Json incident_json(const Incident& incident) {
  Json json = {{"incident", incident.id},
               {"store", incident.store},
               {"reason", incident.reason},
               {"severity", name_of(incident.severity)},
               {"who", incident.who},
               {"executable", incident.executable},
               {"count", incident.count},
               {"first_wall_ns", incident.first_wall_ns},
               {"last_wall_ns", incident.last_wall_ns},
               {"reopened", incident.reopened},
               {"open", incident.is_open}};
  if (incident.disposition)
    json.update({{"disposition", name_of(*incident.disposition)},
                 {"reference", incident.reference},
                 {"reviewed_by", incident.reviewed_by},
                 {"reviewed_wall_ns", incident.reviewed_wall_ns}});
  return json;
}

Result<KeptIncidents> read_incidents(const std::string& path) {
  KeptIncidents kept;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return kept;
  const auto text = read_whole_file(path, kBytesMax);
  if (!text) return tl::unexpected(text.error());
  try {
    const Json json = Json::parse(*text);
    json.at("evidence_records").get_to(kept.evidence_records);
    for (const Json& one : json.at("incidents")) kept.incidents.push_back(incident_of(one));
  } catch (const Json::exception& problem) {
    return fail(path + ": " + problem.what());
  }
  return kept;
}

Result<void> write_incidents(const std::string& path, const IncidentBook& book,
                             std::uint64_t evidence_records) {
  Json json = {{"evidence_records", evidence_records}, {"incidents", Json::array()}};
  for (const auto& [id, incident] : book.all()) json["incidents"].push_back(incident_json(incident));
  return write_whole_file(path, json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
}

}  // namespace purposewatch
