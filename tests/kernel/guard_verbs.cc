#include "tests/kernel/guard_verbs.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <functional>
#include <map>

#include "rules/base/descriptor.h"
#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

using Words = std::vector<std::string>;

struct Verb {
  int arguments;
  std::function<bool(const Words&)> run;
};

// Without a library: the actor is a small program.
long ask_kernel(bpf_cmd command, bpf_attr& question) {
  return syscall(SYS_bpf, command, &question, sizeof(question));
}

bool take(bpf_cmd command, __u32 number) {
  bpf_attr question{};
  question.map_id = number;  // in the same place for programs and links
  return static_cast<bool>(Descriptor(static_cast<int>(ask_kernel(command, question))));
}

bool take_map(const Words& words) {
  return take(BPF_MAP_GET_FD_BY_ID, static_cast<__u32>(std::stoul(words[0])));
}

bool take_programs(const Words&) {
  bool all = true;
  bpf_attr next{};
  while (ask_kernel(BPF_PROG_GET_NEXT_ID, next) == 0) {
    all = take(BPF_PROG_GET_FD_BY_ID, next.next_id) && all;
    next.start_id = next.next_id;
  }
  return all;
}

bool take_link(const Words& words) {
  return take(BPF_LINK_GET_FD_BY_ID, static_cast<__u32>(std::stoul(words[0])));
}

bool set_clock(const Words&) {
  timespec now{};
  return clock_gettime(CLOCK_REALTIME, &now) == 0 && clock_settime(CLOCK_REALTIME, &now) == 0;
}

bool open_memory(const Words& words) {
  return static_cast<bool>(Descriptor(open(("/proc/" + words[0] + "/mem").c_str(), O_RDONLY | O_CLOEXEC)));
}

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"take-map", {1, take_map}},
      {"take-programs", {0, take_programs}},
      {"take-link", {1, take_link}},
      {"open-memory", {1, open_memory}},
      {"end", {1, [](const Words& words) { return kill(std::stoi(words[0]), SIGKILL) == 0; }}},
      {"open-switch",
       {0,
        [](const Words&) {
          return static_cast<bool>(Descriptor(open("/proc/sys/kernel/ftrace_enabled", O_WRONLY | O_CLOEXEC)));
        }}},
      {"set-clock", {0, set_clock}},
      {"unmount", {1, [](const Words& words) { return umount2(words[0].c_str(), MNT_DETACH) == 0; }}},
  };
  return all;
}

}  // namespace

std::optional<int> guard_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool go_against(const std::string& verb, const std::vector<std::string>& arguments) {
  return verbs().at(verb).run(arguments);
}

}  // namespace purposewatch::testing
