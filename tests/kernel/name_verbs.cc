#include "tests/kernel/name_verbs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>

#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

constexpr char kAttribute[] = "user.purposewatch-test";

struct Verb {
  int arguments;
  std::function<bool(const char* first, const char* second)> run;
};

bool name_an_unnamed_file(const char* directory, const char* name) {
  const int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const std::string self = "/proc/self/fd/" + std::to_string(file);
  const bool linked = linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
  close(file);
  return linked;
}

bool append(const char* path) {
  const int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return false;
  bool worked = true;
  for (int i = 0; i < 100; ++i) worked = worked && write(file, "more", 4) == 4;
  return close(file) == 0 && worked;
}

// To another value each time: else nothing changes.
bool set_attribute(const char* path) {
  const pid_t value = getpid();
  return setxattr(path, kAttribute, &value, sizeof(value), 0) == 0;
}

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"unlink", {1, [](auto path, auto) { return unlink(path) == 0; }}},
      {"rmdir", {1, [](auto path, auto) { return rmdir(path) == 0; }}},
      {"mkdir1", {1, [](auto path, auto) { return mkdir(path, 0700) == 0; }}},
      {"mkfifo", {1, [](auto path, auto) { return mkfifo(path, 0600) == 0; }}},
      {"symlink", {1, [](auto path, auto) { return symlink("nowhere", path) == 0; }}},
      {"truncate", {1, [](auto path, auto) { return truncate(path, 1) == 0; }}},
      {"remove-tree", {1, [](auto path, auto) { return std::filesystem::remove_all(path) > 0; }}},
      {"append", {1, [](auto path, auto) { return append(path); }}},
      {"chmod", {1, [](auto path, auto) { return chmod(path, 0640) == 0; }}},
      {"chown", {1, [](auto path, auto) { return chown(path, 1, 1) == 0; }}},
      {"utimes", {1, [](auto path, auto) { return utimensat(AT_FDCWD, path, nullptr, 0) == 0; }}},
      {"setxattr", {1, [](auto path, auto) { return set_attribute(path); }}},
      {"removexattr", {1, [](auto path, auto) { return removexattr(path, kAttribute) == 0; }}},
      {"link", {2, [](auto from, auto to) { return link(from, to) == 0; }}},
      {"rename", {2, [](auto from, auto to) { return std::rename(from, to) == 0; }}},
      {"exchange",
       {2, [](auto from, auto to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0; }}},
      {"tmpfile", {2, name_an_unnamed_file}},
  };
  return all;
}

}  // namespace

std::optional<int> name_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool change_names(const std::string& verb, const std::vector<std::string>& arguments) {
  return verbs().at(verb).run(arguments[0].c_str(), arguments.size() > 1 ? arguments[1].c_str() : nullptr);
}

}  // namespace purposewatch::testing
