// How a safeguard is checked. Each is a file of its own in this directory, named as it is, and a line in
// all_safeguards.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/rule_set.h"
#include "rules/model/grant.h"
#include "rules/model/safeguard.h"

namespace purposewatch {

// What the agent knows of itself and tells the checks, as of a moment ago.
struct AgentFacts {
  struct Listener {
    std::string address;  // "127.0.0.1:9807"
    bool is_loopback = false, is_encrypted = false, asks_who = false;
    bool operator==(const Listener&) const = default;
  };
  struct OpenIncident {
    std::string id;
    std::int64_t opened_wall_ns = 0;
    bool operator==(const OpenIncident&) const = default;
  };
  bool sees_everything = false;
  std::string why_not;  // it does not
  std::vector<Listener> listeners;
  std::vector<Grant> grants;  // that hold, and break-glass grants that nobody has reviewed
  std::vector<OpenIncident> incidents;
  std::string state_dir;  // where the evidence is
  // Of the run before this one: when it was last known to be alive, if it was in another boot and was not
  // told to stop before that ended.
  std::optional<std::int64_t> cut_off_wall_ns;
  bool knows_run_before = false;
  bool operator==(const AgentFacts&) const = default;
};

// Room in a file system (statvfs(3)).
struct FileSystemRoom {
  std::uint64_t bytes = 0, free_bytes = 0;    // free: to those who are not root
  std::uint64_t inodes = 0, free_inodes = 0;  // 0 of 0: it has no table of them
};

// What is asked of the kernel by call, not by file.
struct HostCalls {
  std::function<std::optional<FileSystemRoom>(const std::string& path)> room;
  // Which mount a path leads to (stx_mnt_id), links followed; nothing: it is not there, or the kernel is too
  // old.
  std::function<std::optional<std::uint64_t>(const std::string& path)> mount_id;
  std::function<std::optional<bool>()> clock_is_synchronised;  // adjtimex(2)
  std::function<std::string(std::uint32_t uid)> user_name;     // empty: unknown
};
HostCalls real_host_calls();

struct HostView {
  std::string root;  // below which /sys, /proc and the like are: "", or a tree that looks like a host's
  std::shared_ptr<const RuleSet> rules;
  std::int64_t wall_ns = 0;
  AgentFacts agent;
  std::chrono::seconds facts_age{};  // since the agent has said so last
  HostCalls calls;

  std::string path(const std::string& absolute) const { return root + absolute; }
};

// Never throws; may take as long as the disk that it looks at. What it cannot know is kUnknown, with what is
// missing, never kOk. Texts are short: `why` names what was found ("sdb: Kingston DataTraveler"), `remedy`
// says what to do about it, as a sentence. Bytes that come from the host are put in as they are.
using CheckSafeguard = SafeguardResult (*)(const Safeguard& promised, const HostView& host);

inline SafeguardResult is_ok(std::string why) {
  return {SafeguardState::kOk, std::move(why), ""};
}
inline SafeguardResult is_violated(std::string why, std::string remedy) {
  return {SafeguardState::kViolated, std::move(why), std::move(remedy)};
}
inline SafeguardResult is_unknown(std::string why, std::string remedy) {
  return {SafeguardState::kUnknown, std::move(why), std::move(remedy)};
}

}  // namespace purposewatch
