// The table of an event's fields: what is written, the JSON Schema and the field reference all come from it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rules/model/finding.h"

namespace purposewatch {

// Raised when a field changes its meaning or goes away; new fields do not raise it.
inline constexpr std::string_view kEventSchemaVersion = "1";
inline constexpr std::string_view kEcsVersion = "8.11.0";

enum class FieldType { kDate, kKeyword, kKeywords, kLong, kBoolean, kTexts, kProcess, kProcesses };

// What a field is read from.
struct EventSource {
  const Finding& finding;
  const Subject& subject;
  const HostIdentity& host;
  const PolicyIdentity& policy;
};

// A process that is not the one acting: its parent, an ancestor, whose memory it touches.
struct RelatedProcess {
  const OtherProcess& process;
  const EventSource& event;
};

// With what a field's text changes: what only the subject and the clocks determine is written once for a
// process.
enum class Changes { kWithFinding, kWithSubject };

// Whether it tells which client a finding is about, always, or only where the client acts itself: the
// evidence keeps that apart.
enum class Names { kNobody, kClient, kClientWhoActs };

template <class Source>
struct Field {
  std::string_view name;  // dotted: every dot is one JSON object deeper
  FieldType type;
  bool always;  // present in every event
  std::string_view description;
  // Appends the value as JSON; false (and nothing appended that matters): it does not apply to this source.
  bool (*append)(std::string& out, const Source& source);
  Changes changes = Changes::kWithFinding;
  Names names = changes == Changes::kWithSubject ? Names::kClientWhoActs : Names::kNobody;
};

// Fields of one object stand together, so that the object is opened once.
std::span<const Field<EventSource>> event_fields();
std::span<const Field<RelatedProcess>> related_process_fields();

}  // namespace purposewatch
