#include "tests/kernel/path_verbs.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "rules/base/descriptor.h"
#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

using Words = const std::vector<std::string>&;

struct Verb {
  int arguments;
  std::function<bool(Words)> run;
};

bool is_readable(int file) {
  char byte = 0;
  return file >= 0 && read(file, &byte, 1) >= 0;
}

bool open_from(Words words) {
  const Descriptor directory(open(words[0].c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return is_readable(Descriptor(openat(directory.get(), words[1].c_str(), O_RDONLY | O_CLOEXEC)).get());
}

bool open_from_with_how(Words words) {
  const Descriptor directory(open(words[0].c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH;
  const long file = syscall(SYS_openat2, directory.get(), words[1].c_str(), &how, sizeof(how));
  return is_readable(Descriptor(static_cast<int>(file)).get());
}

bool reopen(Words words) {
  const Descriptor path(open(words[0].c_str(), O_PATH | O_CLOEXEC));
  const std::string again = "/proc/self/fd/" + std::to_string(path.get());
  return is_readable(Descriptor(open(again.c_str(), O_RDONLY | O_CLOEXEC)).get());
}

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"openat", {2, open_from}},
      {"openat2", {2, open_from_with_how}},
      {"reopen", {1, reopen}},
      {"chroot", {1, [](Words words) { return chroot(words[0].c_str()) == 0 && chdir("/") == 0; }}},
  };
  return all;
}

}  // namespace

std::optional<int> path_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool go_by_path(const std::string& verb, const std::vector<std::string>& arguments) {
  return verbs().at(verb).run(arguments);
}

}  // namespace purposewatch::testing
