#include "agent/subject/proc_subject.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>

#include "agent/subject/process_start.h"
#include "agent/subject/unit.h"
#include "agent/subject/users.h"

namespace purposewatch {
namespace {

std::optional<std::string> read_whole(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

// "Uid:\t0\t1000\t0\t1000" as a stream behind the key.
std::optional<std::istringstream> field_of(const std::string& status, const std::string& key) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(key + ":", 0) == 0) return std::istringstream(line.substr(key.size() + 1));
  return std::nullopt;
}

bool read_status(const std::string& status, Subject& subject) {
  auto name = field_of(status, "Name"), group = field_of(status, "Tgid"), parent = field_of(status, "PPid");
  auto uids = field_of(status, "Uid"), gids = field_of(status, "Gid");
  if (!name || !group || !parent || !uids || !gids) return false;
  std::getline(name->ignore(1), subject.name);
  std::uint32_t real_gid = 0;
  *group >> subject.pid;
  *parent >> subject.parent_pid;
  *uids >> subject.uid >> subject.euid;
  *gids >> real_gid >> subject.gid;
  return !group->fail() && !parent->fail() && !uids->fail() && !gids->fail();
}

std::uint32_t read_id(const std::string& path) {
  std::uint32_t id = kUnsetId;
  std::ifstream stream(path);
  if (!(stream >> id)) return kUnsetId;
  return id;
}

// The line of the unified hierarchy: "0::/system.slice/dovecot.service".
std::string read_cgroup(const std::string& path) {
  std::istringstream lines(read_whole(path).value_or(""));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("0::", 0) == 0) return line.substr(3);
  return {};
}

std::string program_at(const std::string& link, const RuleSet& rules) {
  struct stat status {};
  return ::stat(link.c_str(), &status) == 0 ? program_of_file(rules, status.st_dev, status.st_ino)
                                            : std::string();
}

void read_executable(const std::string& link, const RuleSet& rules, Subject& subject) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length > 0) subject.executable.assign(target.data(), static_cast<std::size_t>(length));
  subject.program = program_at(link, rules);
}

// To an interpreter the kernel hands what stands behind "#!" as one argument at most, and then the script.
std::string script_at(const std::string& process, const RuleSet& rules) {
  std::istringstream arguments(read_whole(process + "/cmdline").value_or(""));
  std::string argument;
  std::getline(arguments, argument, '\0');
  for (int i = 0; i < 2 && std::getline(arguments, argument, '\0'); ++i) {
    const bool is_absolute = !argument.empty() && argument.front() == '/';
    const std::string script = script_named(rules, is_absolute ? argument : process + "/cwd/" + argument);
    if (!script.empty()) return script;
  }
  return {};
}

void read_ancestors(const std::string& proc_root, const RuleSet& rules, Subject& subject) {
  constexpr int kGenerationsMax = 64;
  std::uint32_t pid = subject.parent_pid;
  for (int i = 0; pid != 0 && i < kGenerationsMax; ++i) {
    const std::string process = proc_root + "/" + std::to_string(pid);
    for (const std::string& program : {program_at(process + "/exe", rules), script_at(process, rules)})
      if (!program.empty()) subject.ancestor_programs.push_back(program);
    auto parent = field_of(read_whole(process + "/status").value_or(""), "PPid");
    if (!parent || !(*parent >> pid)) return;
  }
}

}  // namespace

std::string program_of_file(const RuleSet& rules, dev_t device, ino_t inode) {
  for (const Service& service : rules.services)
    for (const std::string& path : service.exe) {
      struct stat status {};
      if (::stat(path.c_str(), &status) == 0 && status.st_dev == device && status.st_ino == inode)
        return path;
    }
  return {};
}

std::string script_named(const RuleSet& rules, const std::string& path) {
  struct stat wanted {};
  if (::stat(path.c_str(), &wanted) != 0) return {};
  for (const Service& service : rules.services)
    for (const std::string& script : service.script) {
      struct stat status {};
      if (::stat(script.c_str(), &status) == 0 && status.st_dev == wanted.st_dev &&
          status.st_ino == wanted.st_ino)
        return script;
    }
  return {};
}

Result<Subject> read_proc_subject(const std::string& proc_root, std::uint32_t pid, const RuleSet& rules) {
  const std::string process = proc_root + "/" + std::to_string(pid);
  const auto status = read_whole(process + "/status");
  if (!status) return fail("no process " + std::to_string(pid) + " in " + proc_root);
  Subject subject;
  subject.tid = pid;
  if (!read_status(*status, subject)) return fail(process + "/status is not what Linux writes");
  subject.start_boot_ns = start_ticks(read_whole(process + "/stat").value_or("")).value_or(0) * ns_per_tick();
  subject.login_uid = read_id(process + "/loginuid");
  subject.session_id = read_id(process + "/sessionid");
  subject.user = user_name(subject.euid);
  subject.group = group_name(subject.gid);
  subject.real_user = user_name(subject.uid);
  if (subject.login_uid != kUnsetId) subject.login_user = user_name(subject.login_uid);
  subject.cgroup = read_cgroup(process + "/cgroup");
  subject.unit = unit_of_cgroup(subject.cgroup);
  read_executable(process + "/exe", rules, subject);
  subject.script = subject.script_path = script_at(process, rules);
  read_ancestors(proc_root, rules, subject);
  return subject;
}

}  // namespace purposewatch
