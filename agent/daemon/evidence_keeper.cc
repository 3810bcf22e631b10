#include "agent/daemon/evidence_keeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "agent/evidence/erasure_answers.h"
#include "agent/evidence/event_index.h"
#include "agent/evidence/recorded_sequences.h"
#include "agent/incidents/incident_answers.h"
#include "agent/incidents/incident_json.h"
#include "agent/incidents/recall.h"
#include "agent/kernel/clock.h"
#include "exporters/evidence/log_head.h"

namespace purposewatch {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kLookInterval{1};
constexpr std::chrono::minutes kPermittedInterval{10};
constexpr int kLooksBehindMax = 10;
constexpr std::chrono::milliseconds kSyncPatience{200};  // the loop's: the ring takes what comes meanwhile
constexpr std::uint64_t kRecalledMax = 200'000;          // a few seconds, while nobody watches

LogClocks clocks() {
  return {static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME)), clock_ns(CLOCK_REALTIME)};
}

}  // namespace

EvidenceKeeper::EvidenceKeeper(const std::string& state_dir, const HostIdentity& host,
                               const RetentionTimes& retention,
                               std::function<void(const Incident&)> on_change)
    : incidents_file_(state_dir + "/incidents.json"),
      boot_id_(host.boot_id),
      on_change_(std::move(on_change)),
      storage_(storage_in(state_dir + "/evidence")) {
  Recorder::Settings settings;
  settings.log.host_id = host.id;
  settings.log.boot_id = boot_id_of(host.boot_id);
  settings.clocks = clocks;
  recorder_ = std::make_unique<Recorder>(*storage_, std::move(settings));
  cleaner_storage_ = storage_in(state_dir + "/evidence");
  cleaner_ = std::make_unique<EvidenceCleaner>(
      EvidenceCleaner::Surroundings{.storage = *cleaner_storage_,
                                    .recorder = *recorder_,
                                    .times = retention,
                                    .clocks = clocks,
                                    .forget_copies = [state_dir] { return remove_index(state_dir); }});
  incidents_ = std::make_unique<IncidentBook>(
      [this](IncidentChange change, const Incident& incident) { tell_incident(change, incident); });
  recall_incidents_of(incidents_file_);
}

std::unordered_set<std::uint64_t> EvidenceKeeper::recorded_since(std::uint64_t boot_ns) const {
  auto sequences = recorded_sequences(*storage_, boot_id_of(boot_id_), boot_ns);
  if (sequences) return std::move(*sequences);
  spdlog::error("what was recorded before may be told again: {}", sequences.error().message);
  return {};
}

void EvidenceKeeper::recall_incidents_of(const std::string& file) {
  auto kept = read_incidents(file);
  if (!kept) spdlog::error("incidents: {}; they are read from the evidence", kept.error().message);
  if (kept) {
    for (Incident& incident : kept->incidents) incidents_->put(std::move(incident));
    flagged_before_ = std::move(kept->flagged);
  }
  const std::uint64_t known = kept ? kept->evidence_records : 0;
  const auto head = read_log_head(*storage_);
  const std::uint64_t records = head ? head->records : 0;
  const std::uint64_t first = std::max(known, records - std::min(records, kRecalledMax)) + 1;
  if (first > known + 1) spdlog::warn("incidents: only the last {} records are looked through", kRecalledMax);
  const auto recalled = recall_incidents(*incidents_, flagged_before_, *storage_, first);
  if (!recalled) return spdlog::error("incidents: {}", recalled.error().message);
  if (*recalled > 0) spdlog::info("incidents: {} records made up for what was not kept", *recalled);
}

Answers EvidenceKeeper::answers() {
  Answers all =
      incident_answers([this]() -> IncidentBook& { return *incidents_; }, [] { return clocks().wall_ns; });
  const auto forget = [this](const std::string& client) {
    client_to_forget_ = client;
    forget_client();
    next_look_ = {};
  };
  all.merge(erasure_answers(*cleaner_, forget, [this] { return !client_to_forget_; }));
  return all;
}

void EvidenceKeeper::forget_client() {
  incidents_->forget_client(*client_to_forget_);
  for (const auto& [id, incident] : incidents_->all()) on_change_(incident);
}

// While the evidence was searched, the client may have acted again. True: what is known now may be kept for
// good.
bool EvidenceKeeper::tend_forgetting() {
  if (!client_to_forget_) return false;
  const EvidenceCleaner::State state = cleaner_->progress().state;
  if (state == EvidenceCleaner::State::kSearching || state == EvidenceCleaner::State::kBlanking) return false;
  forget_client();
  return true;
}

void EvidenceKeeper::start(const BuildInfo& build, const Agent& agent) {
  recorder_->record(start_record({build.version, build.revision,
                                  std::string(name_of(agent.sensor().backend())), agent.rules()->identity},
                                 clocks()));
  if (const auto& gone = agent.absence()) recorder_->note(*gone);
  lost_ = {};
  permitted_since_ns_ = clocks().wall_ns;
  next_permitted_ = steady_clock::now() + kPermittedInterval;
  recorder_->start();
  cleaner_->start();
}

// What was lost before it could be recorded is told within a second.
void EvidenceKeeper::tend(const Agent& agent) {
  const auto now = steady_clock::now();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  std::vector<StageLoss> lost = agent.lost();
  if (auto gap = gap_record(lost_, lost, clocks())) recorder_->record(std::move(*gap));
  agent.note_told(lost);
  lost_ = std::move(lost);
  const bool is_forgotten = tend_forgetting();
  if (keep_incidents(agent) && is_forgotten) client_to_forget_.reset();
  if (now < next_permitted_) return;
  next_permitted_ = now + kPermittedInterval;
  record_permitted(agent);
}

void EvidenceKeeper::record_reload(const PolicyIdentity& in_force, const std::string& why_refused) {
  recorder_->record(reload_record(in_force, why_refused, clocks()));
}

void EvidenceKeeper::record_safeguard(const SafeguardHealth& safeguard) {
  recorder_->record(safeguard_record(safeguard, clocks()));
}

void EvidenceKeeper::finish(const Agent& agent) {
  cleaner_->close();
  record_permitted(agent);
  recorder_->record(stop_record(clocks()));
  recorder_->close();
  keep_incidents(agent);
}

void EvidenceKeeper::add_to(Health& health, const RuleSet& rules) const {
  health.evidence = recorder_->health();
  health.lost.push_back({"evidence", health.evidence->lost});
  health.incidents = incidents_->open_counts(rules);
  health.threats = incidents_->open_threats(rules);
}

void EvidenceKeeper::tell_incident(IncidentChange change, const Incident& incident) {
  if (change == IncidentChange::kReviewed)
    spdlog::info("incident {} reviewed by {}: {}, {}", incident.id, incident.reviewed_by,
                 name_of(*incident.disposition), incident.reference);
  else
    // By whom, the evidence says: an erasure does not reach what is logged.
    spdlog::warn("incident {} {}: {}, {} on {}, accesses: {}", incident.id, name_of(change),
                 name_of(incident.severity), incident.reason, incident.store, incident.accesses());
  if (change != IncidentChange::kGrown)  // the findings are records themselves
    recorder_->record(incident_record(change, incident, clocks()));
  on_change_(incident);
}

// At a moment when all is synced, so that the file and the record that it names agree. Where such a moment
// does not come by itself, it is waited for. True: the file has all.
bool EvidenceKeeper::keep_incidents(const Agent& agent) {
  if (incidents_->has_changed() && looks_behind_ == 0) looks_behind_ = 1;
  if (looks_behind_ == 0) return true;
  if (looks_behind_++ > kLooksBehindMax || client_to_forget_)
    (void)recorder_->wait_until_synced(kSyncPatience);
  const auto records = recorder_->records_when_idle();
  if (!records) return false;
  if (auto kept = write_incidents(incidents_file_, *incidents_, agent.flagged(), *records); !kept) {
    spdlog::error("incidents: {}", kept.error().message);
    return false;
  }
  looks_behind_ = 0;
  return true;
}

void EvidenceKeeper::record_permitted(const Agent& agent) {
  std::vector<AccessCount> accesses = agent.health().accesses;
  const LogClocks now = clocks();
  if (auto record = permitted_record(permitted_, accesses, permitted_since_ns_, now))
    recorder_->record(std::move(*record));
  permitted_ = std::move(accesses);
  permitted_since_ns_ = now.wall_ns;
}

}  // namespace purposewatch
