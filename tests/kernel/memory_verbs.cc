#include "tests/kernel/memory_verbs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "rules/base/descriptor.h"
#include "tests/kernel/uring_verbs.h"

namespace purposewatch::testing {
namespace {

bool attach_and_detach(pid_t process, bool stop) {
  if (ptrace(stop ? PTRACE_ATTACH : PTRACE_SEIZE, process, nullptr, nullptr) != 0) return false;
  if (!stop) return true;  // ends with this process
  int status = 0;
  return waitpid(process, &status, __WALL) == process &&
         ptrace(PTRACE_DETACH, process, nullptr, nullptr) == 0;
}

// Where memory of the process begins that may be read, or also written.
std::uintptr_t mapping_of(pid_t process, bool writable) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(writable ? " rw" : " r") != std::string::npos) return std::stoul(line, nullptr, 16);
  return 0;
}

bool copy_from(pid_t process) {
  char bytes[16];
  const iovec here{bytes, sizeof(bytes)};
  const iovec there{reinterpret_cast<void*>(mapping_of(process, false)), sizeof(bytes)};
  return process_vm_readv(process, &here, 1, &there, 1, 0) == sizeof(bytes);
}

// Writes what is there already.
bool copy_back(pid_t process) {
  char byte = 0;
  const iovec here{&byte, 1};
  const iovec there{reinterpret_cast<void*>(mapping_of(process, true)), 1};
  return process_vm_readv(process, &here, 1, &there, 1, 0) == 1 &&
         process_vm_writev(process, &here, 1, &there, 1, 0) == 1;
}

bool through_file(pid_t process, bool write_back) {
  const std::string path = "/proc/" + std::to_string(process) + "/mem";
  const Descriptor file(open(path.c_str(), (write_back ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  const auto at = static_cast<off_t>(mapping_of(process, write_back));
  char byte = 0;
  if (!file || pread(file.get(), &byte, 1, at) != 1) return false;
  return !write_back || pwrite(file.get(), &byte, 1, at) == 1;
}

bool open_through_ring(pid_t process) {
  return act_through_ring("ring-open", "/proc/" + std::to_string(process) + "/mem").value_or(false);
}

// As gcore(1) does: stops it and copies what it has.
bool take_core(pid_t process) {
  int status = 0;
  if (ptrace(PTRACE_ATTACH, process, nullptr, nullptr) != 0 || waitpid(process, &status, __WALL) != process)
    return false;
  std::array<char, 4096> page{};
  const Descriptor memory(open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t size =
      pread(memory.get(), page.data(), page.size(), static_cast<off_t>(mapping_of(process, false)));
  if (size > 0) std::ofstream("/dev/null", std::ios::binary).write(page.data(), size);
  return size > 0 && ptrace(PTRACE_DETACH, process, nullptr, nullptr) == 0;
}

// Ends this process; the kernel writes what it had into its working directory.
// Leaves a core, as far as it goes by the process; and some ways by which it leaves none.
bool dies(const std::string& how) {
  const rlimit limit{how == "die-without-core" ? 0 : RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_CORE, &limit) != 0 || prctl(PR_SET_DUMPABLE, how == "die-undumpable" ? 0 : 1) != 0)
    return true;
  if (how == "live-on" && signal(SIGQUIT, [](int) {}) != SIG_ERR) return raise(SIGQUIT) != 0;
  return raise(how == "die-by-term" ? SIGTERM : SIGABRT) != 0;
}

const std::set<std::string> kDeaths = {"dump-core", "die-by-term", "die-undumpable", "die-without-core",
                                       "live-on"};

bool look_only(pid_t process) {
  const std::string directory = "/proc/" + std::to_string(process);
  char link[256];
  return mapping_of(process, false) != 0 && std::ifstream(directory + "/status").get() > 0 &&
         readlink((directory + "/fd/0").c_str(), link, sizeof(link)) > 0;
}

bool from_a_thread(pid_t process) {
  bool done = false;
  std::thread([&] { done = copy_from(process); }).join();
  return done;
}

using Verb = std::function<bool(pid_t process)>;

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"attach", [](pid_t process) { return attach_and_detach(process, true); }},
      {"seize", [](pid_t process) { return attach_and_detach(process, false); }},
      {"vm-read", copy_from},
      {"vm-write", copy_back},
      {"mem-read", [](pid_t process) { return through_file(process, false); }},
      {"mem-write", [](pid_t process) { return through_file(process, true); }},
      {"mem-ring-open", open_through_ring},
      {"gcore", take_core},
      {"look", look_only},
      {"thread-vm-read", from_a_thread},
  };
  return all;
}

}  // namespace

std::optional<int> memory_verb_arguments(const std::string& verb) {
  if (verb == "traceme" || kDeaths.contains(verb)) return 0;
  return verbs().contains(verb) ? std::optional(1) : std::nullopt;
}

bool touch_memory(const std::string& verb, const std::vector<std::string>& arguments) {
  if (verb == "traceme") return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
  if (kDeaths.contains(verb)) return dies(verb);
  return verbs().at(verb)(std::stoi(arguments[0]));
}

}  // namespace purposewatch::testing
