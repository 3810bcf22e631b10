// The agent: sensor, tables and pipeline put together, for one event loop. This is where the control line
// (policy into the kernel) and the data line (records out of it) meet.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/flow/canary.h"
#include "agent/flow/earlier_links.h"
#include "agent/flow/event_loop.h"
#include "agent/flow/handover.h"
#include "agent/flow/own_stores.h"
#include "agent/flow/pipeline.h"
#include "agent/flow/tally.h"
#include "agent/kernel/folds.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/own_addresses.h"
#include "agent/kernel/predecessor.h"
#include "agent/kernel/programs.h"
#include "agent/kernel/ring.h"
#include "agent/kernel/sensor.h"
#include "agent/kernel/slots.h"
#include "agent/kernel/tables.h"
#include "rules/base/result.h"
#include "rules/model/health.h"
#include "rules/model/sink.h"

namespace purposewatch {

struct AgentOptions {
  std::optional<Backend> backend;  // nothing: the best that loads
  std::shared_ptr<const HostIdentity> host;
  std::optional<std::uint32_t> mount_namespace;  // SensorOptions
  std::shared_ptr<const Grants> grants;          // at the start; null: none
  Redaction redaction = Redaction::usual();      // of processes' arguments, before any sink sees them
  HandoverOptions handover = {};
  OwnPlaces own = {};
  CanaryOptions canary = {};
  bool protects = false;  // SensorOptions
};

class Agent {
 public:
  // Loads and attaches the sensor and puts the policy in force. Sinks are not owned.
  static Result<std::unique_ptr<Agent>> start(const AgentOptions& options,
                                              std::shared_ptr<const RuleSet> rules, std::vector<Sink*> sinks);

  // Adds the agent's descriptors. The loop must outlive the agent's use of it.
  Result<void> join(EventLoop& loop);

  // Puts another policy in force, all at once. On an error the old one stays in force.
  Result<void> reload(std::shared_ptr<const RuleSet> rules);
  // A policy file was refused: the old rules stay, and health says so.
  void reload_refused(const std::string& why);

  // What the agent before had counted against limits, and the copies of client data that nobody had
  // permitted: from the state directory, and, when they have changed, into it.
  void recall(const std::string& state_dir);
  void keep(const std::string& state_dir);
  void recall_flagged(const FlaggedTotals& before) { tally_.recall(before); }
  FlaggedTotals flagged() const { return tally_.flagged(); }  // thread-safe
  // What the next agent has to know of the sensor. From time to time: marks come and go.
  void keep_names();
  // What of lost() has been told by now: the next agent begins with what has not.
  void note_told(const std::vector<StageLoss>& lost) const;
  // Since when, and until when, no sensor was there, though an agent of this boot had left one.
  const std::optional<TamperEvent>& absence() const { return absence_; }
  // From the next record on.
  void use_grants(std::shared_ptr<const Grants> grants);

  // Reads what the kernel has sent, but not for so long that other work would have to wait. Call it from the
  // loop's tick, too.
  void drain();
  // Reads all that is there when it is called, and tells what is held back to be folded; at the end, nothing
  // else would.
  void finish();
  // After the last finish().
  void close_ledger() { pipeline_->close_ledger(); }
  // What the kernel sends is read: false while something lies in the ring and cannot be taken out of it.
  bool moves() const {
    return ring_->read_position() == ring_->end_position() ||
           std::chrono::steady_clock::now() - last_record_ < std::chrono::seconds(1);
  }
  // How long the loop may wait until the next drain: short while records keep coming.
  std::chrono::milliseconds drain_interval() const;
  // Sends the canary out when it is time to, and looks whether it is back. Being attached alone, a hook may
  // see nothing.
  void tend_canary();
  bool is_canary_out() const { return canary_->is_out(); }
  void hasten_canary() { canary_->hasten(); }
  // Looks whether opens are seen at all, once a second and at once when somebody may have silenced the hooks.
  // When they are not, programs at system calls stand in, as long as that is so.
  void watch_sight();
  // Until that time (boot time; 0: from now on no more) nothing is refused to protect the agent. `why` is
  // recorded.
  void unlock_until(std::uint64_t boot_ns, const std::string& why);
  // Work that is due from time to time: forgetting, looking at directories again.
  void tick();

  Health health() const;  // thread-safe
  // Health's parts that are cheap; thread-safe.
  std::vector<StageLoss> lost() const;
  std::string why_not_ready() const;             // empty: it sees everything
  std::shared_ptr<const RuleSet> rules() const;  // thread-safe
  const Sensor& sensor() const { return *sensor_; }

 private:
  // A few milliseconds' work.
  static constexpr std::size_t kRecordsAtOnce = 1024;

  Agent() = default;
  void begin_after_another(const std::shared_ptr<const RuleSet>& rules);
  void go_on();
  void find_predecessor(const SensorNames& known);
  void read_predecessor();
  void silence_predecessor();
  void end_predecessors();
  void keep_names_with(const CompiledPolicy* next);
  Result<void> put_in_force(std::shared_ptr<const RuleSet> rules);
  void take_folds();
  Sensor& calls_sensor() { return stand_in_ ? *stand_in_ : *sensor_; }
  void be_blind();
  void see_again();
  void tell_tampering(Tampering what, std::string detail = {});
  void look_at_clock();
  void tell_silence(std::int64_t until_wall_ns);
  std::set<CanaryAct> visible_acts();
  std::vector<std::string> hooks_without_canary() const;
  void programs_changed();
  void follow_32_bit_calls();
  void refresh_addresses();
  Result<void> watch_clock(EventLoop& loop);
  void mark_links(const LinkScan& scan);
  void add_hook_health(Health& health) const;
  std::vector<HookStatus> hooks_on_duty() const;
  std::vector<ProgramStatistics> program_statistics() const;
  static std::string why_silent();
  void add_kernel_counts(Health& health) const;
  std::vector<StageLoss> kernel_losses(const SensorCounts& counts,
                                       const std::vector<ProgramStatistics>& programs) const;

  std::unique_ptr<Handover> handover_;
  std::unique_ptr<Sensor> sensor_;
  std::unique_ptr<CounterSlots> slots_;
  ProgramNumbers program_numbers_;
  std::unique_ptr<Programs> programs_;
  std::unique_ptr<Marks> marks_;
  std::unique_ptr<Underneath> underneath_;
  std::unique_ptr<DerivedFiles> derived_files_;
  std::unique_ptr<OwnAddresses> own_addresses_;
  std::unique_ptr<ResolvedHosts> hosts_;
  std::unique_ptr<PolicyTables> tables_;
  std::unique_ptr<MountChanges> mount_changes_;
  Tally tally_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Ring> ring_;
  std::unique_ptr<Folds> folds_;
  std::unique_ptr<Predecessor> predecessor_;
  std::optional<Ring> predecessor_ring_;
  std::optional<TamperEvent> absence_;
  std::unique_ptr<Sensor>
      stand_in_;  // while the sensor's own hooks are silent; guarded by mutex_ for readers
  std::int64_t silent_since_wall_ns_ = 0;  // 0: they are not
  std::chrono::steady_clock::time_point next_sight_{}, next_stand_in_{};
  OwnPlaces own_;
  std::unique_ptr<Canary> canary_;
  SensorCounts counts_before_canary_;
  // Of what the sensor has counted, what agents before have told.
  std::uint64_t seen_before_ = 0, lost_before_ = 0, missed_before_ = 0;
  std::optional<std::uint64_t>
      folds_position_;  // of the ring: what folds_ has ready counts with what is before
  EarlierLinks earlier_links_;
  Descriptor mounts_, clock_sets_;
  std::int64_t wall_minus_boot_ns_ = 0;  // when the clock was last looked at
  bool is_behind_ = false;               // the last drain left something
  std::chrono::steady_clock::time_point last_record_{};
  std::chrono::steady_clock::time_point next_refresh_{};  // which a reload hastens
  std::chrono::steady_clock::time_point next_forget_{};   // which nothing does

  mutable std::mutex mutex_;  // guards what follows, the slots' labels and the sensor's hooks
  std::shared_ptr<const RuleSet> rules_;
  std::vector<TableUse> table_use_;
  bool reload_successful_ = true;
  double reload_timestamp_ = 0, start_timestamp_ = 0;
  std::string reload_error_;
  double canary_success_timestamp_ = 0;
  Latencies canary_latencies_;
  std::string canary_missing_;  // of the last one: of what nothing was seen
  mutable std::array<std::uint64_t, PW_HOOKS> fired_before_{};
  mutable std::array<double, PW_HOOKS> fired_timestamp_{};
};

}  // namespace purposewatch
