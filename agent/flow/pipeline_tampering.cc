// What was done to the agent, as the kernel told it.
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

#include "agent/flow/own_stores.h"
#include "agent/flow/pipeline.h"

namespace purposewatch {
namespace {

std::string detail_of(const TamperRecord& record) {
  if (record.what == Tampering::kSetting) return "kernel.ftrace_enabled";
  if (record.what == Tampering::kPins) return "unmounted";
  if (record.what != Tampering::kSignal) return {};
  const char* name = sigabbrev_np(static_cast<int>(record.signal));
  return name != nullptr ? std::string("SIG") + name : std::to_string(record.signal);
}

constexpr AccessMask kChanges = mask_of(AccessKind::kWrite) | mask_of(AccessKind::kCreate) |
                                mask_of(AccessKind::kDelete) | mask_of(AccessKind::kRename) |
                                mask_of(AccessKind::kAttr);

// The agent's own program makes an index of the evidence, whatever it is run for, and the service manager
// makes the state directory the agent's at each start.
bool is_usual_in_state(const Subject& subject, AccessKind kind, const std::string& own_program) {
  return subject.executable == own_program || (subject.pid == 1 && kind == AccessKind::kAttr);
}

// Before a sensor that was left by the agent before is this one's, it takes this one for anybody.
bool is_this_process(const Subject& subject) {
  return subject.pid == static_cast<std::uint32_t>(getpid());
}

}  // namespace

void Pipeline::take_own(const Repeated& repeated, const Access& access,
                        const std::shared_ptr<const Subject>& subject, const std::string& store) {
  parts_.tally->count_own(repeated.count);
  const auto what = tampering_with(store);
  if (!what) {
    if (parts_.saw_decoy) parts_.saw_decoy(access.kind, access.path, repeated.record.boot_ns);
    return;
  }
  if (!(mask_of(access.kind) & kChanges) || is_this_process(*subject)) return;
  if (*what == Tampering::kState && is_usual_in_state(*subject, access.kind, parts_.own_program)) return;
  TamperEvent event;
  event.what = *what;
  event.detail = fmt::format("{} {}", name_of(access.kind), access.path);
  event.by = subject;
  event.is_refused = repeated.record.is_refused;
  event.wall_ns = wall_ns_of(repeated.record);
  tell(event);
}

void Pipeline::take_tampering(const TamperRecord& record) {
  TamperEvent event;
  event.what = record.what;
  event.detail = detail_of(record);
  event.by = subjects_.find(record.subject_number);
  event.is_refused = record.is_refused;
  event.wall_ns = static_cast<std::int64_t>(record.boot_ns) + wall_minus_boot_ns_;
  if (event.by && is_this_process(*event.by)) return;
  is_suspicious_ = is_suspicious_ || record.what == Tampering::kSetting;
  tell(event);
}

void Pipeline::tell(const TamperEvent& event) {
  for (Sink* sink : parts_.sinks) sink->note(event);
  if (event.until_wall_ns == 0) parts_.tally->count(event.what);  // else it was counted when it began
}

}  // namespace purposewatch
