// What it costs to look at every safeguard on this host, as a share of one core: how long a look takes, and
// how often there is one.
//
//   bench_safeguards [SECONDS]      for each of them (default 0.2)
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "agent/safeguards/all_safeguards.h"
#include "rules/language/policy.h"
#include "rules/safeguards.h"

namespace purposewatch {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

// With stores as a hosting server has them, and every safeguard.
std::string policy() {
  std::string text =
      "policy: {name: bench, version: 1, review-by: 2099-01-01}\n"
      "classes: {mail: {clause: P2}}\n"
      "stores:\n"
      "  mail: {class: mail, paths: '/var/vmail/{domain}/{client}'}\n"
      "  homes: {class: mail, paths: '/home/{client}/Maildir'}\n"
      "  billing: {class: mail, paths: /var/lib/mysql, ports: 'tcp:127.0.0.1:3306'}\n"
      "tests: [{who: {exe: /bin/cat}, access: read, path: /var/lib/mysql/x, expect: flagged}]\n"
      "safeguards:\n";
  for (const SafeguardSort& sort : safeguard_sorts()) {
    std::string needed;
    if ((sort.needed & mask_of(SafeguardKey::kAllow)) != 0) needed = "allow: '*'";
    if ((sort.needed & mask_of(SafeguardKey::kOptions)) != 0) needed = "options: nosuid";
    if ((sort.needed & mask_of(SafeguardKey::kFiles)) != 0) needed = "files: /var/backups/*.done";
    text += fmt::format("  {}: {{{}}}\n", sort.name, needed);
  }
  return text;
}

// Of this process, user and system.
double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double cost_of_a_look(const SafeguardEntry& entry, const Safeguard& promised, const HostView& host,
                      double at_least) {
  const double before = cpu_seconds();
  const auto begin = steady_clock::now();
  int looks = 0;
  do {
    (void)entry.check(promised, host);
    ++looks;
  } while (duration<double>(steady_clock::now() - begin).count() < at_least);
  return (cpu_seconds() - before) / looks;
}

int measure(double at_least) {
  const LoadedPolicy loaded = check_policy({{"bench.yaml", policy()}});
  for (const Diagnostic& diagnostic : loaded.diagnostics) fmt::print(stderr, "{}\n", to_string(diagnostic));
  if (!loaded.rules) return 1;
  HostView host;
  host.rules = loaded.rules;
  host.wall_ns = std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  host.calls = real_host_calls();
  host.agent.state_dir = "/var/lib/purposewatch";
  double all = 0;
  fmt::print("| safeguard | a look, µs | every, s | share of a core |\n|---|--:|--:|--:|\n");
  for (const Safeguard& promised : host.rules->safeguards) {
    const SafeguardEntry& entry = *safeguard_entry(promised.name);
    const double look = cost_of_a_look(entry, promised, host, at_least);
    const double share = look / static_cast<double>(entry.interval.count());
    all += share;
    fmt::print("| {} | {:.0f} | {} | {:.5f} % |\n", promised.name, look * 1e6, entry.interval.count(),
               share * 100);
  }
  fmt::print("| all | | | {:.4f} % |\n", all * 100);
  return 0;
}

}  // namespace
}  // namespace purposewatch

int main(int count, char** arguments) {
  return purposewatch::measure(count > 1 ? std::atof(arguments[1]) : 0.2);
}
