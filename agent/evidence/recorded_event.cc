#include "agent/evidence/recorded_event.h"

#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;
using Part = ScannedRecord::Part;

// What is nested as deeply is none of ours, and would need as much stack.
bool is_too_deep(std::string_view json) {
  constexpr int kNestingMax = 64;
  bool is_in_text = false;
  int depth = 0;
  for (std::size_t i = 0; i < json.size() && depth <= kNestingMax; ++i) {
    if (json[i] == '"') is_in_text = !is_in_text;
    if (is_in_text && json[i] == '\\') ++i;
    if (is_in_text) continue;
    depth += json[i] == '{' || json[i] == '[' ? 1 : json[i] == '}' || json[i] == ']' ? -1 : 0;
  }
  return depth > kNestingMax;
}

Json own_text(const ScannedRecord& record) {
  if (record.frame.kind == RecordKind::kCheckpoint)
    return {{"note", visible_text(text_of_part(record.open))}};
  return object_in(record.open);
}

Json frame_of(const ScannedRecord& record) {
  Json json = {{"sequence", record.frame.sequence}, {"kind", name_of(record.frame.kind)}};
  if (record.open_state == Part::kBlank)
    json["blank"] = "whole";
  else if (record.personal_state == Part::kBlank)
    json["blank"] = "personal";
  return json;
}

}  // namespace

Json object_in(Bytes part) {
  if (is_too_deep(text_of_part(part))) return Json::object();
  Json json = Json::parse(text_of_part(part), nullptr, false);
  return json.is_object() ? json : Json::object();
}

Json recorded_event(const ScannedRecord& record) {
  const bool was_told = record.frame.kind == RecordKind::kFinding || record.frame.kind == RecordKind::kGrant;
  Json event = was_told ? object_in(record.open) : Json::object();
  if (was_told) event.merge_patch(object_in(record.personal));
  if (!event.contains("@timestamp")) event["@timestamp"] = rfc3339(record.frame.wall_ns);
  if (!was_told) {
    event["event"] = {{"kind", "event"}, {"action", name_of(record.frame.kind)}};
    event["purposewatch"][std::string(name_of(record.frame.kind))] = own_text(record);
  }
  if (!event["purposewatch"].is_object()) event["purposewatch"] = Json::object();
  event["purposewatch"]["record"] = frame_of(record);
  return event;
}

}  // namespace purposewatch
