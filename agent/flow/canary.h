// The canary: from time to time, a foreign process does what the agent must see, and the agent looks whether
// it has. Only what went the whole way counts: hook, store, identity, decision, ring, decoding.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/flow/canary_acts.h"
#include "rules/model/access.h"
#include "rules/model/health.h"

namespace purposewatch {

struct CanaryOptions {
  // Of the process, to which a directory is added; empty: there is no canary.
  std::vector<std::string> command;
  std::chrono::milliseconds interval{30'000};
};

class Canary {
 public:
  using Clock = std::chrono::steady_clock;
  // How long it may take to come back, from everywhere.
  static constexpr std::chrono::seconds kPatience{8};

  // decoy: the directory of the store, absolute; made when it is not there.
  Canary(CanaryOptions options, std::string decoy) : options_(std::move(options)), decoy_(std::move(decoy)) {}
  ~Canary();
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;

  bool is_wanted() const { return !options_.command.empty(); }
  bool is_due(Clock::time_point now) const { return is_wanted() && !process_ && now >= next_; }
  bool is_out() const { return process_.has_value(); }
  void hasten() { next_ = {}; }
  // Sends it out, to do what can be seen here.
  void send(Clock::time_point now, const std::set<CanaryAct>& expected);
  // An access to the decoy was told of, so long after it happened.
  void saw(AccessKind kind, std::string_view path, double latency_seconds);

  // Of the one that is out: true when it is back, from everywhere, and `hooks_have_fired`, or its time is
  // over. From then on missing() says of what nothing was seen.
  bool is_back(Clock::time_point now, bool hooks_have_fired);
  const std::vector<std::string>& missing() const { return missing_; }
  const Latencies& latencies() const { return latencies_; }

 private:
  std::string round_directory() const;
  void end_process();

  CanaryOptions options_;
  std::string decoy_;
  std::optional<pid_t> process_;
  bool has_ended_ = false;
  std::uint64_t round_ = 0;
  std::set<CanaryAct> awaited_;
  std::vector<std::string> missing_;
  Clock::time_point next_{}, deadline_{};
  Latencies latencies_;
};

}  // namespace purposewatch
