#include <fmt/format.h>

#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/kernel_settings.h"

namespace purposewatch {
namespace {

constexpr const char* kRules = "/etc/audit/audit.rules";
constexpr const char* kDirectory = "/etc/audit/rules.d";
constexpr const char* kAskKernel = " Then ask the kernel: auditctl -s | grep loginuid_immutable";

// A line of its own (auditctl(8)).
bool says_so(std::string_view rules) {
  constexpr std::string_view kOption = "--loginuid-immutable", kBlanks = " \t\r";
  while (!rules.empty()) {
    std::string_view line = rules.substr(0, rules.find('\n'));
    rules.remove_prefix(std::min(line.size() + 1, rules.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
    if (line == kOption) return true;
  }
  return false;
}

// In one that augenrules(8) makes audit.rules from; empty: in none.
std::string file_that_says_so(const HostView& host) {
  for (const std::string& name :
       names_in_directory(host.path(kDirectory)).value_or(std::vector<std::string>())) {
    const std::string path = std::string(kDirectory) + "/" + name;
    if (name.ends_with(".rules") && says_so(text_of_file(host.path(path)).value_or(""))) return path;
  }
  return "";
}

bool auditd_runs(const HostView& host) {
  const auto pid = number_of_file(host.path("/run/auditd.pid"));
  return pid && *pid > 0 && line_of_file(host.path(fmt::format("/proc/{}/comm", *pid))) == "auditd";
}

}  // namespace

// The kernel tells it only to those who may also change it (CAP_AUDIT_CONTROL), which the agent may not. So
// this is what auditd's rules say, which are loaded when it is started.
SafeguardResult check_loginuid_immutable(const Safeguard&, const HostView& host) {
  if (kernel_lacks(host, "/proc/self/loginuid"))
    return is_violated("the kernel does not know who has logged in", "Boot a kernel with CONFIG_AUDIT.");
  if (!has_name(host, "/proc/self/loginuid"))
    return is_unknown("/proc/self/loginuid cannot be read", "Is /proc mounted?");
  const auto rules = text_of_file(host.path(kRules));
  if (!rules && has_name(host, kRules))
    return is_unknown(fmt::format("{} cannot be read", kRules), "May root read it? ls -l /etc/audit");
  if (rules && says_so(*rules)) {
    if (auditd_runs(host)) return is_ok(fmt::format("{} says so, and auditd runs", kRules));
    return is_unknown(fmt::format("{} says so, but auditd does not run: it may not be loaded", kRules),
                      std::string("systemctl enable --now auditd.") + kAskKernel);
  }
  const std::string file = file_that_says_so(host);
  if (!file.empty())
    return is_violated(file + " says so, but was not loaded", std::string("augenrules --load.") + kAskKernel);
  return is_violated("no rule of auditd says --loginuid-immutable",
                     std::string("Install auditd, then: echo --loginuid-immutable > "
                                 "/etc/audit/rules.d/20-loginuid.rules; augenrules --load.") +
                         kAskKernel);
}

}  // namespace purposewatch
