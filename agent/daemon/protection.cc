#include "agent/daemon/protection.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "agent/control/answer_line.h"
#include "agent/kernel/clock.h"
#include "exporters/terminal/json_path.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000, kSecondsMax = 24 * 3600;

bool is_wanted_here(bool is_wanted) {
  if (!is_wanted) return false;
  std::string words;
  std::ifstream file("/proc/cmdline");
  if (!std::getline(file, words) || !command_line_forbids_protection(words)) return true;
  spdlog::warn("the agent is not protected: the kernel's command line forbids it");
  return false;
}

}  // namespace

bool command_line_forbids_protection(std::string_view command_line) {
  std::istringstream words{std::string(command_line)};
  bool is_forbidden = false;  // what is said last counts
  for (std::string word; words >> word;)
    if (word.starts_with("purposewatch.protect="))
      is_forbidden = word.ends_with("=0") || word.ends_with("=off");
  return is_forbidden;
}

Protection::Protection(bool is_wanted) : is_wanted_(is_wanted_here(is_wanted)) {}

void Protection::begin(Agent& agent) {
  if (!is_wanted_) return;
  if (!agent.sensor().protects())
    return spdlog::warn("the agent is not protected: only the backend lsm can refuse anything");
  agent_ = &agent;
  spdlog::info("the agent is protected: who would harm it is refused; `purposewatch unlock` ends that");
}

Answers Protection::answers() {
  return {{"unlock", [this](auto& person, auto& request) { return unlock(person, request); }},
          {"lock", [this](auto& person, auto&) { return lock(person); }}};
}

std::string Protection::unlock(const std::string& person, const std::string& request) {
  if (agent_ == nullptr) return refusal_line({"the agent is not protected"});
  const nlohmann::json json = nlohmann::json::parse(request, nullptr, false);
  const nlohmann::json* seconds = value_at(json, {"seconds"});
  const std::string reason(text_at(json, {"reason"}));
  if (seconds == nullptr || !seconds->is_number_integer() || *seconds < 1 || *seconds > kSecondsMax)
    return refusal_line({"it can be unlocked for 1s to 24h"});
  if (reason.empty()) return refusal_line({"say why: that is recorded"});
  const auto nanoseconds = seconds->get<std::int64_t>() * kSecond;
  const std::int64_t until = clock_ns(CLOCK_BOOTTIME) + nanoseconds;
  const auto end = static_cast<std::time_t>((clock_ns(CLOCK_REALTIME) + nanoseconds) / kSecond);
  const std::string when = fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(end));
  agent_.load()->unlock_until(static_cast<std::uint64_t>(until),
                              fmt::format("unlocked until {} by {}: {}", when, person, reason));
  unlocked_until_boot_ns_ = until;
  spdlog::warn("the agent is not protected until {}, by {}: {}", when, person, visible_text(reason));
  return answer_line({{"unlocked_until", when}});
}

std::string Protection::lock(const std::string& person) {
  if (agent_ == nullptr) return refusal_line({"the agent is not protected"});
  agent_.load()->unlock_until(0, fmt::format("locked by {}", person));
  unlocked_until_boot_ns_ = 0;
  spdlog::info("the agent is protected again, by {}", person);
  return answer_line({{"locked", true}});
}

ProtectionHealth Protection::health() const {
  if (agent_ == nullptr) return is_wanted_ ? ProtectionHealth::kUnavailable : ProtectionHealth::kOff;
  return unlocked_until_boot_ns_ > clock_ns(CLOCK_BOOTTIME) ? ProtectionHealth::kUnlocked
                                                            : ProtectionHealth::kOn;
}

}  // namespace purposewatch
