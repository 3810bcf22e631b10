// From one agent to the next, so that a restart is no gap: where the sensor stays, what its numbers stand
// for, what was told lately, and up to where the ring has been passed on for good.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>

#include "agent/flow/sensor_names.h"
#include "agent/kernel/pins.h"
#include "agent/kernel/recent_records.h"
#include "agent/kernel/ring.h"
#include "rules/base/result.h"

namespace purposewatch {

struct HandoverOptions {
  Pins* pins = nullptr;   // not owned; null: the sensor ends with the agent
  std::string directory;  // for its files; made when it is not there
  std::string boot_id;    // of the host
  // The sequence numbers of findings that the agents before have recorded since then (boot time), as far back
  // as an agent that was killed could have left some twice.
  std::function<std::unordered_set<std::uint64_t>(std::uint64_t since_boot_ns)> recorded;
  // How much the sinks have been given so far, in numbers of their own, and how much of that is kept for
  // good.
  std::function<std::uint64_t()> given, kept;
};

class Handover {
 public:
  explicit Handover(HandoverOptions options);

  Pins* pins() const { return options_.pins; }
  // Of the sensor that an agent before has left, if any.
  const std::optional<SensorNames>& known() const { return known_; }

  const std::string& boot_id() const { return options_.boot_id; }
  // What an agent of this boot has left pinned is not there any more.
  bool is_sensor_gone() const;
  // When an agent before last wrote anything here: nanoseconds since the epoch. For the time before begin().
  std::int64_t last_sign_wall_ns() const;

  // The sensor is there, taken over or begun.
  void begin(std::uint64_t instance);
  // Written when they have changed.
  Result<void> keep_names(SensorNames names);

  void remember(std::span<const std::byte> record);
  void each_left(const std::function<void(std::span<const std::byte>)>& take) const;
  std::unordered_set<std::uint64_t> recorded() const;

  // After each batch: lets go of what was read long enough ago, and is kept by now.
  void end_batch(Ring& ring);

 private:
  using Clock = std::chrono::steady_clock;
  struct Passed {
    std::uint64_t position = 0, given = 0;
    Clock::time_point since;
  };
  // So long what was read waits for being kept: no disk may fill the ring for longer.
  static constexpr std::chrono::milliseconds kPatience{1000};

  HandoverOptions options_;
  std::optional<SensorNames> known_;
  std::optional<RecentRecords> recent_;
  std::deque<Passed> passed_;
};

}  // namespace purposewatch
