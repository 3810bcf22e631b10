#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/kernel_settings.h"
#include "agent/safeguards/host/package_digests.h"
#include "agent/safeguards/host/store_places.h"
#include "rules/base/paths.h"

namespace purposewatch {
namespace {

constexpr const char* kPackage = "purposewatch";
constexpr const char* kUnit = "purposewatch.service";
constexpr const char* kReinstall =
    "Find out who has changed it: ls -l FILE, and purposewatch events --recorded. Then: apt-get install "
    "--reinstall purposewatch, and systemctl restart purposewatch.";

// Where a symbolic link of the host leads, as the host has it; empty: it is none.
std::string target_of(const HostView& host, const std::string& link) {
  std::error_code error;
  const std::string target = std::filesystem::read_symlink(host.path(link), error).string();
  if (error) return "";
  const bool is_in_tree = !host.root.empty() && is_at_or_below(target, host.root);
  return is_in_tree ? target.substr(host.root.size()) : target;
}

// systemd.unit(5): a unit that is empty, or a link to /dev/null, is masked. Empty: the host's own settings do
// not concern the agent's unit.
struct LocalUnit {
  std::vector<std::string> changes;
  std::string masked;
  std::string starts_other;  // says itself what is started
};

// Does it say what is to be run?
bool says_what_runs(const HostView& host, const std::string& unit) {
  const std::string text = "\n" + text_of_file(host.path(unit)).value_or("");
  return text.find("\nExec") != std::string::npos;
}

LocalUnit local_unit(const HostView& host) {
  LocalUnit local;
  for (const std::string directory : {"/etc/systemd/system/", "/run/systemd/system/"}) {
    const std::string unit = directory + kUnit;
    if (target_of(host, unit) == "/dev/null" || text_of_file(host.path(unit)) == "") local.masked = unit;
    if (has_name(host, unit)) local.changes.push_back(unit);
    for (const std::string& name :
         names_in_directory(host.path(unit + ".d")).value_or(std::vector<std::string>()))
      if (name.ends_with(".conf")) local.changes.push_back(unit + ".d/" + name);
  }
  for (const std::string& change : local.changes)
    if (says_what_runs(host, change)) local.starts_other = change;
  return local;
}

struct Comparison {
  std::vector<std::string> changed, unknown;
};
Comparison compare(const HostView& host, const std::vector<std::string>& files,
                   const PackageDigests& digests) {
  Comparison result;
  for (const std::string& file : files) {
    const std::string* expected = digests.find(file);
    const auto found = expected != nullptr ? md5_of_file(host, file) : std::nullopt;
    if (expected == nullptr)
      result.unknown.push_back(file + " is from no package");
    else if (!has_name(host, file))
      result.changed.push_back(file + " is gone");
    else if (!found)
      result.unknown.push_back(file + " cannot be read");
    else if (*found != *expected)
      result.changed.push_back(file + " is not as it was installed");
  }
  return result;
}

}  // namespace

// Whoever is root can change dpkg's digests with the file. This finds what was changed by hand or by
// accident, and intruders who do not know of it.
SafeguardResult check_agent_integrity(const Safeguard& promised, const HostView& host) {
  constexpr std::string_view kDeleted = " (deleted)";
  const std::string program = target_of(host, "/proc/self/exe");
  if (program.ends_with(kDeleted))
    return is_violated(
        program.substr(0, program.size() - kDeleted.size()) + " was replaced since it was started",
        "After an upgrade: systemctl restart purposewatch. Otherwise find out who has done it.");
  const LocalUnit local = local_unit(host);
  if (!local.masked.empty())
    return is_violated(local.masked + " masks the unit: the agent is not started at the next boot",
                       "Find out who has done it. Then: systemctl unmask purposewatch");
  if (!local.starts_other.empty())
    return is_violated(
        local.starts_other + " says what the unit runs, in place of the package",
        "Find out who has done it: systemctl cat purposewatch. Flags that are needed can be said "
        "there, too; then take this safeguard out of the policy, and write down who has decided so.");
  std::vector<std::string> files = promised.files;
  if (files.empty()) {
    if (program.empty()) return is_unknown("/proc/self/exe cannot be read", "Is /proc mounted?");
    files = {program, std::string("/lib/systemd/system/") + kUnit};
  }
  const auto digests = PackageDigests::read(host, kPackage);
  if (!digests)
    return is_unknown("dpkg knows no package purposewatch",
                      "Install it as a package. Where that is no Debian package, ask its manager: rpm -V "
                      "purposewatch.");
  const Comparison comparison = compare(host, files, *digests);
  if (!comparison.changed.empty()) return is_violated(some_of(comparison.changed), kReinstall);
  if (!comparison.unknown.empty())
    return is_unknown(some_of(comparison.unknown),
                      "Only the package's own files can be compared: dpkg -L purposewatch lists them.");
  if (local.changes.empty()) return is_ok(fmt::format("{} files as they were installed", files.size()));
  return is_ok(fmt::format("{} files as they were installed; with settings of this host: {}", files.size(),
                           some_of(local.changes)));
}

}  // namespace purposewatch
