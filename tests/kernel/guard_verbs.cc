#include "tests/kernel/guard_verbs.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

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
  question.map_id = number;  // in the same place for programs
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

bool open_memory(const Words& words) {
  return static_cast<bool>(Descriptor(open(("/proc/" + words[0] + "/mem").c_str(), O_RDONLY | O_CLOEXEC)));
}

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"take-map", {1, take_map}}, {"take-programs", {0, take_programs}}, {"open-memory", {1, open_memory}}};
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
