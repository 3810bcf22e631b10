// What the agent records of itself. Texts are one JSON object each, and say no more than the frame does not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/evidence/log_writer.h"
#include "exporters/evidence/record.h"
#include "exporters/evidence/storage.h"
#include "rules/model/finding.h"
#include "rules/model/health.h"
#include "rules/model/incident.h"
#include "rules/model/tamper_event.h"

namespace purposewatch {

struct AgentStart {
  std::string version, revision;  // of the agent
  std::string backend;
  PolicyIdentity policy;
};
RecordDraft start_record(const AgentStart& start, LogClocks now);
RecordDraft stop_record(LogClocks now);
// why: of a policy that was refused, its first error, `policy` being the one that stays in force; else empty.
RecordDraft reload_record(const PolicyIdentity& policy, const std::string& why, LogClocks now);
// Opened and reopened: what there was to see then; reviewed: what a person found.
RecordDraft incident_record(IncidentChange change, const Incident& incident, LogClocks now);
// What was found when it was looked at.
RecordDraft safeguard_record(const SafeguardHealth& safeguard, LogClocks now);
// Accesses that were permitted since `since_wall_ns`; nothing: there were none.
std::optional<RecordDraft> permitted_record(const std::vector<AccessCount>& before,
                                            const std::vector<AccessCount>& now_counted,
                                            std::int64_t since_wall_ns, LogClocks now);
// Of segments whose time is over; the last record in them.
RecordDraft removal_record(const std::vector<std::string>& segments, std::uint64_t up_to, LogClocks now);
RecordDraft space_record(std::string_view stage, const Storage::Space& space, LogClocks now);
// What was done to the agent, when, and by whom.
RecordDraft tamper_record(const TamperEvent& event, LogClocks now);
// Of what the stages before the evidence have lost since `before`; nothing: no more than then.
std::optional<RecordDraft> gap_record(const std::vector<StageLoss>& before,
                                      const std::vector<StageLoss>& lost, LogClocks now);

// "6f1c2c1e-0000-4000-8000-000000000001"; zeros when it is no such text.
BootId boot_id_of(std::string_view text);

}  // namespace purposewatch
