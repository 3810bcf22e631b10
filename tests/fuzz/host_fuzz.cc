// Any bytes as what the kernel and other programs of the host have written: tables of /proc, sessions, a
// disk's report about itself, the arguments of a command.
#include <cstring>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/package_digests.h"
#include "agent/safeguards/host/smart_report.h"
#include "agent/storage/device_number.h"
#include "agent/storage/mount_changes.h"
#include "agent/storage/octal_escapes.h"
#include "agent/storage/swaps.h"
#include "agent/subject/proc_subject.h"
#include "agent/subject/process_start.h"
#include "agent/subject/redaction.h"
#include "agent/subject/unit.h"
#include "rules/language/policy.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

// Every file that is read there holds the input.
class FuzzedHost {
 public:
  FuzzedHost() : scratch_("host") {
    for (const char* name : {"proc/7", "proc/net", "run/systemd/sessions", "var/lib/dpkg/info"})
      scratch_.directory(name);
    view.rules = check_policy({{"p.yaml",
                                "policy: {name: t, version: 1}\nclasses: {mail: {clause: P2}}\n"
                                "stores: {db: {class: mail, ports: 'tcp:127.0.0.1:3306'}}\n"
                                "services: {sh: {exe: /bin/sh, script: /etc/passwd}}\n"
                                "safeguards: {database-listeners: {}, console-login-absent: {}}\n"}})
                     .rules;
    view.root = scratch_.path();
    view.wall_ns = 1'800'000'000'000'000'000;
  }
  void fill(const std::string& bytes) const {
    for (const char* name : {"proc/7/status", "proc/7/stat", "proc/7/cgroup", "proc/7/cmdline",
                             "proc/7/loginuid", "proc/net/tcp", "proc/net/tcp6", "run/systemd/sessions/3",
                             "run/utmp", "var/lib/dpkg/info/purposewatch.md5sums"})
      scratch_.write(name, bytes);
  }
  std::string proc() const { return scratch_ / "proc"; }

  HostView view;

 private:
  Scratch scratch_;
};

const FuzzedHost& host() {
  static const FuzzedHost made;
  return made;
}

void read_tables(const std::string& text) {
  const auto mounts = read_mount_info(text);
  require(mounts.size() <= text.size() / 10 + 1);
  for (const MountInfo& mount : mounts) require(mount.point.size() <= text.size());
  require(changed_points(mounts, mounts).empty() || !mounts.empty());
  for (const SwapArea& area : read_swaps(text)) require(!area.path.empty());
  require(without_octal_escapes(text).size() <= text.size());
  require(unit_of_cgroup(text).find('/') == std::string::npos);
  (void)parse_device_number(text);
  (void)start_ticks(text);
  (void)read_smart_report(text);
}

// The words of a command line, which end with zeros; what is hidden is not shown in another place of it.
void redact_arguments(const std::string& text) {
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    arguments.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const auto shown = redact(arguments, Redaction::usual());
  require(shown.size() == arguments.size());
  require(redact(arguments, Redaction::none()) == arguments);
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  const std::string text = text_of(data, size);
  read_tables(text);
  redact_arguments(text);
  host().fill(text);
  const HostView& view = host().view;
  if (const auto subject = read_proc_subject(host().proc(), 7, *view.rules)) require(subject->tid == 7);
  for (const Safeguard& promised : view.rules->safeguards) {
    const auto check =
        promised.name == "database-listeners" ? check_database_listeners : check_console_login_absent;
    require(!check(promised, view).why.empty());
  }
  if (const auto digests = PackageDigests::read(view, "purposewatch")) (void)digests->find("/usr/bin/a");
  return 0;
}
