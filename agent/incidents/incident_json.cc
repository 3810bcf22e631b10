#include "agent/incidents/incident_json.h"

#include <filesystem>

#include "agent/files/json_number.h"
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
  incident.count = number_in<std::uint64_t>(json, "count");
  incident.first_wall_ns = moment_in(json, "first_wall_ns");
  incident.last_wall_ns = moment_in(json, "last_wall_ns");
  incident.reopened = number_in<std::uint32_t>(json, "reopened");
  json.at("open").get_to(incident.is_open);
  incident.severity = severity_named(json.at("severity").get<std::string>()).value_or(Severity::kNotice);
  for (const Json& name : json.at("severities"))
    if (const auto severity = severity_named(name.get<std::string>()))
      incident.severities |= mask_of(*severity);
  for (const Json& name : json.at("threats")) incident.threats |= threat_named(name.get<std::string>());
  json.at("clause").get_to(incident.clause);
  json.at("client").get_to(incident.client);
  json.at("more_clients").get_to(incident.has_more_clients);
  incident.opened_wall_ns = moment_in(json, "opened_wall_ns");
  incident.count_before = number_in<std::uint64_t>(json, "count_before");
  if (incident.count_before > incident.count)
    throw Json::out_of_range::create(406, "count_before is more than count", &json);
  if (!json.contains("disposition")) return incident;
  incident.disposition = disposition_named(json.at("disposition").get<std::string>());
  json.at("reference").get_to(incident.reference);
  json.at("reviewed_by").get_to(incident.reviewed_by);
  incident.reviewed_wall_ns = moment_in(json, "reviewed_wall_ns");
  return incident;
}

FlaggedTotals flagged_of(const Json& json) {
  FlaggedTotals flagged;
  for (const Json& one : json.at("counts"))
    flagged.counts[{one.at("store").get<std::string>(), one.at("access").get<std::string>(),
                    one.at("reason").get<std::string>()}] = number_in<std::uint64_t>(one, "count");
  json.at("last").get_to(flagged.last_timestamps);
  return flagged;
}

Json flagged_json(const FlaggedTotals& flagged) {
  Json counts = Json::array();
  for (const auto& [series, value] : flagged.counts) {
    const auto& [store, access, reason] = series;
    counts.push_back({{"store", store}, {"access", access}, {"reason", reason}, {"count", value}});
  }
  return {{"counts", std::move(counts)}, {"last", flagged.last_timestamps}};
}

}  // namespace

Json incident_json(const Incident& incident) {
  Json json = {{"incident", incident.id},
               {"store", incident.store},
               {"reason", incident.reason},
               {"severity", name_of(incident.severity)},
               {"severities", names_in(kSeverityNames, incident.severities)},
               {"threats", names_of(incident.threats)},
               {"clause", incident.clause},
               {"who", incident.who},
               {"executable", incident.executable},
               {"client", incident.client},
               {"more_clients", incident.has_more_clients},
               {"count", incident.count},
               {"first_wall_ns", incident.first_wall_ns},
               {"last_wall_ns", incident.last_wall_ns},
               {"opened_wall_ns", incident.opened_wall_ns},
               {"count_before", incident.count_before},
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
    kept.evidence_records = number_in<std::uint64_t>(json, "evidence_records");
    for (const Json& one : json.at("incidents")) kept.incidents.push_back(incident_of(one));
    kept.flagged = flagged_of(json.at("flagged"));
  } catch (const Json::exception& problem) {
    return fail(path + ": " + problem.what());
  }
  return kept;
}

Result<void> write_incidents(const std::string& path, const IncidentBook& book, const FlaggedTotals& flagged,
                             std::uint64_t evidence_records) {
  Json json = {{"evidence_records", evidence_records},
               {"flagged", flagged_json(flagged)},
               {"incidents", Json::array()}};
  for (const auto& [id, incident] : book.all()) json["incidents"].push_back(incident_json(incident));
  return write_whole_file(path, json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
}

}  // namespace purposewatch
