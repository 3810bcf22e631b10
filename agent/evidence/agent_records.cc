#include "agent/evidence/agent_records.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

RecordDraft draft_of(RecordKind kind, const Json& json, LogClocks now) {
  RecordDraft draft;
  draft.kind = kind;
  draft.boot_ns = now.boot_ns;
  draft.wall_ns = now.wall_ns;
  draft.open = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return draft;
}

Json json_of(const PolicyIdentity& policy) {
  return {{"name", policy.name}, {"version", policy.version}, {"digest", policy.digest}};
}

std::optional<std::uint8_t> hex_digit(char character) {
  if (character >= '0' && character <= '9') return static_cast<std::uint8_t>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<std::uint8_t>(character - 'a' + 10);
  return std::nullopt;
}

}  // namespace

RecordDraft start_record(const AgentStart& start, LogClocks now) {
  return draft_of(RecordKind::kStart,
                  {{"version", start.version},
                   {"revision", start.revision},
                   {"backend", start.backend},
                   {"policy", json_of(start.policy)}},
                  now);
}

RecordDraft stop_record(LogClocks now) {
  return draft_of(RecordKind::kStop, Json::object(), now);
}

RecordDraft reload_record(const PolicyIdentity& policy, const std::string& why, LogClocks now) {
  Json json = {{"outcome", why.empty() ? "success" : "failure"}, {"policy", json_of(policy)}};
  if (!why.empty()) json["error"] = visible_text(why);
  return draft_of(RecordKind::kReload, json, now);
}

RecordDraft incident_record(IncidentChange change, const Incident& incident, LogClocks now) {
  Json json = {{"incident", incident.id},
               {"change", name_of(change)},
               {"store", incident.store},
               {"reason", incident.reason},
               {"clause", incident.clause},
               {"severity", name_of(incident.severity)},
               {"threats", names_of(incident.threats)},
               {"count", incident.count}};
  if (change == IncidentChange::kReviewed)
    json.update({{"disposition", name_of(*incident.disposition)},
                 {"reference", incident.reference},
                 {"by", incident.reviewed_by}});
  RecordDraft draft = draft_of(RecordKind::kReview, json, now);
  draft.retention = Retention::kFlagged;
  return draft;
}

RecordDraft safeguard_record(const SafeguardHealth& safeguard, LogClocks now) {
  return draft_of(RecordKind::kSafeguard,
                  {{"safeguard", safeguard.safeguard},
                   {"kind", name_of(safeguard.kind)},
                   {"clause", safeguard.clause},
                   {"state", name_of(safeguard.result.state)},
                   {"why", safeguard.result.why}},
                  now);
}

std::optional<RecordDraft> permitted_record(const std::vector<AccessCount>& before,
                                            const std::vector<AccessCount>& now_counted,
                                            std::int64_t since_wall_ns, LogClocks now) {
  using Series = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
  const auto series_of = [](const AccessCount& count) {
    return Series{count.store, count.service, count.purpose, count.access};
  };
  std::map<Series, std::uint64_t> known;
  for (const AccessCount& count : before) known[series_of(count)] = count.value;
  Json accesses = Json::array();
  for (const AccessCount& count : now_counted) {
    const auto one = known.find(series_of(count));
    const std::uint64_t value = one == known.end() ? 0 : one->second;
    if (count.value > value)
      accesses.push_back({{"store", count.store},
                          {"service", count.service},
                          {"purpose", count.purpose},
                          {"access", count.access},
                          {"count", count.value - value}});
  }
  if (accesses.empty()) return std::nullopt;
  RecordDraft draft = draft_of(RecordKind::kSuppressed,
                               {{"since", rfc3339(since_wall_ns)}, {"accesses", std::move(accesses)}}, now);
  draft.retention = Retention::kPermitted;
  return draft;
}

RecordDraft removal_record(const std::vector<std::string>& segments, std::uint64_t up_to, LogClocks now) {
  return draft_of(RecordKind::kRemoval, {{"why", "retention"}, {"segments", segments}, {"up_to", up_to}},
                  now);
}

RecordDraft space_record(std::string_view stage, const Storage::Space& space, LogClocks now) {
  return draft_of(RecordKind::kSpace,
                  {{"stage", stage}, {"free_bytes", space.free_bytes}, {"total_bytes", space.total_bytes}},
                  now);
}

RecordDraft tamper_record(const TamperEvent& event, LogClocks now) {
  Json json = {{"what", std::string(name_of(event.what))}};
  if (!event.detail.empty()) json["detail"] = visible_text(event.detail);
  if (event.is_refused) json["refused"] = true;
  json[event.until_wall_ns != 0 ? "since" : "at"] = rfc3339(event.wall_ns);
  if (event.until_wall_ns != 0) json["until"] = rfc3339(event.until_wall_ns);
  if (event.by)
    json["by"] = {{"pid", event.by->pid},
                  {"name", visible_text(event.by->name)},
                  {"executable", visible_text(event.by->executable)},
                  {"user", visible_text(event.by->user)},
                  {"person", visible_text(event.by->login_user)}};
  return draft_of(RecordKind::kTamper, json, now);
}

std::optional<RecordDraft> gap_record(const std::vector<StageLoss>& before,
                                      const std::vector<StageLoss>& lost, LogClocks now) {
  Json stages;
  for (const StageLoss& loss : lost) {
    const auto known = std::find_if(before.begin(), before.end(),
                                    [&](const StageLoss& one) { return one.stage == loss.stage; });
    const std::uint64_t value = known == before.end() ? 0 : known->value;
    if (loss.value > value) stages[loss.stage] = loss.value - value;
  }
  if (stages.is_null()) return std::nullopt;
  return draft_of(RecordKind::kGap, {{"why", "lost"}, {"stages", stages}}, now);
}

BootId boot_id_of(std::string_view text) {
  BootId id{};
  std::size_t digits = 0;
  for (const char character : text) {
    if (character == '-') continue;
    const auto digit = hex_digit(character);
    if (!digit || digits == 2 * id.size()) return {};
    id[digits / 2] = static_cast<std::uint8_t>(id[digits / 2] << 4U | *digit);
    ++digits;
  }
  return digits == 2 * id.size() ? id : BootId{};
}

}  // namespace purposewatch
