// The option to protect: what would harm the agent is refused by the kernel (bpf/protect.h). Whoever owns the
// host has ways around it, which leave a trace: to unlock it for a while, and the kernel's command line.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/control/server.h"
#include "agent/flow/agent.h"
#include "rules/model/health.h"

namespace purposewatch {

// By `purposewatch.protect=0` or `=off` among the words of the kernel's command line.
bool command_line_forbids_protection(std::string_view command_line);

class Protection {
 public:
  // By the options; what the kernel's command line says counts more.
  explicit Protection(bool is_wanted);

  // What AgentOptions::protects is to be.
  bool is_wanted() const { return is_wanted_; }
  // The agent has started; it must outlive this. Logs what has become of the wish.
  void begin(Agent& agent);
  // To `unlock {"seconds": 900, "reason": "..."}`, and `lock`.
  Answers answers();
  ProtectionHealth health() const;  // thread-safe

 private:
  std::string unlock(const std::string& person, const std::string& request);
  std::string lock(const std::string& person);

  const bool is_wanted_;
  std::atomic<Agent*> agent_ = nullptr;  // null: nothing is refused
  std::atomic<std::int64_t> unlocked_until_boot_ns_ = 0;
};

}  // namespace purposewatch
