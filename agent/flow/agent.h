// The agent: sensor, tables and pipeline put together, for one event loop. This is where the control line
// (policy into the kernel) and the data line (records out of it) meet.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/flow/earlier_links.h"
#include "agent/flow/event_loop.h"
#include "agent/flow/pipeline.h"
#include "agent/flow/tally.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/own_addresses.h"
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

  // What was counted against limits by the agent before, from this file; and, when it has changed, into it.
  void recall_limits(const std::string& path);
  void keep_limits(const std::string& path);
  void recall_flagged(const FlaggedTotals& before) { tally_.recall(before); }
  FlaggedTotals flagged() const { return tally_.flagged(); }  // thread-safe
  // From the next record on.
  void use_grants(std::shared_ptr<const Grants> grants);

  // Reads what the kernel has sent, but not for so long that other work would have to wait. Call it from the
  // loop's tick, too.
  void drain();
  // Reads all that is there when it is called, and tells what is held back to be folded; at the end, nothing
  // else would.
  void finish();
  // How long the loop may wait until the next drain: short while records keep coming.
  std::chrono::milliseconds drain_interval() const;
  // Makes every hook fire that can be made to, with the help of files in `directory`, and notes whether they all
  // have: being attached alone, a hook may see nothing.
  void provoke(const std::string& directory);
  // Work that is due from time to time: forgetting, looking at directories again.
  void tick();

  Health health() const;                         // thread-safe
  std::vector<StageLoss> lost() const;           // health's part that is cheap; thread-safe
  std::shared_ptr<const RuleSet> rules() const;  // thread-safe
  const Sensor& sensor() const { return *sensor_; }

 private:
  Agent() = default;
  Result<void> put_in_force(std::shared_ptr<const RuleSet> rules);
  void programs_changed();
  void follow_32_bit_calls();
  void refresh_addresses();
  Result<void> watch_clock(EventLoop& loop);
  void mark_links(const LinkScan& scan);
  void add_hook_health(Health& health) const;
  void add_kernel_counts(Health& health) const;

  std::unique_ptr<Sensor> sensor_;
  std::unique_ptr<CounterSlots> slots_;
  ProgramNumbers program_numbers_;
  std::unique_ptr<Programs> programs_;
  std::unique_ptr<Marks> marks_;
  std::unique_ptr<Underneath> underneath_;
  std::unique_ptr<OwnAddresses> own_addresses_;
  std::unique_ptr<PolicyTables> tables_;
  std::unique_ptr<MountChanges> mount_changes_;
  Tally tally_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Ring> ring_;
  EarlierLinks earlier_links_;
  Descriptor mounts_, clock_sets_;
  bool is_behind_ = false;  // the last drain left something
  std::chrono::steady_clock::time_point last_record_{};
  std::chrono::steady_clock::time_point next_refresh_{};

  mutable std::mutex mutex_;  // guards what follows, the slots' labels and the sensor's hooks
  std::shared_ptr<const RuleSet> rules_;
  std::vector<TableUse> table_use_;
  bool reload_successful_ = true;
  double reload_timestamp_ = 0, start_timestamp_ = 0;
  std::string reload_error_;
  double canary_success_timestamp_ = 0;
  mutable std::array<std::uint64_t, PW_HOOKS> fired_before_{};
  mutable std::array<double, PW_HOOKS> fired_timestamp_{};
};

}  // namespace purposewatch
