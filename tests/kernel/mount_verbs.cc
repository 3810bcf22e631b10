#include "tests/kernel/mount_verbs.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>

#include "rules/base/descriptor.h"
#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

// uapi linux/mount.h, where glibc's own header does not have them yet.
constexpr unsigned kOpenTreeClone = 1, kMoveMountFromEmptyPath = 4;

struct Verb {
  int arguments;
  std::function<bool(const std::vector<std::string>&)> run;
};

bool mount_clone(const std::string& from, const std::string& to) {
  const Descriptor tree(
      static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, from.c_str(), kOpenTreeClone | O_CLOEXEC)));
  return tree && syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, to.c_str(), kMoveMountFromEmptyPath) == 0;
}

bool is_refused_without_privileges(const std::string& directory) {
  return unshare(CLONE_NEWUSER) == 0 && mount("tmpfs", directory.c_str(), "tmpfs", 0, nullptr) != 0 &&
         errno == EPERM;
}

const std::map<std::string, Verb>& verbs() {
  using Words = const std::vector<std::string>&;
  static const std::map<std::string, Verb> all = {
      {"private",
       {0,
        [](Words) {
          return unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        }}},
      {"bind",
       {2, [](Words w) { return mount(w[0].c_str(), w[1].c_str(), nullptr, MS_BIND, nullptr) == 0; }}},
      {"tmpfs", {1, [](Words w) { return mount("tmpfs", w[0].c_str(), "tmpfs", 0, nullptr) == 0; }}},
      {"remount",
       {1,
        [](Words w) {
          return mount(nullptr, w[0].c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_NODEV, nullptr) == 0;
        }}},
      {"unmount", {1, [](Words w) { return umount2(w[0].c_str(), 0) == 0; }}},
      {"move-mount",
       {2,
        [](Words w) {
          return syscall(SYS_move_mount, AT_FDCWD, w[0].c_str(), AT_FDCWD, w[1].c_str(), 0) == 0;
        }}},
      {"clone-mount", {2, [](Words w) { return mount_clone(w[0], w[1]); }}},
      {"unprivileged-tmpfs", {1, [](Words w) { return is_refused_without_privileges(w[0]); }}}};
  return all;
}

}  // namespace

std::optional<int> mount_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool change_mounts(const std::string& verb, const std::vector<std::string>& arguments) {
  return verbs().at(verb).run(arguments);
}

}  // namespace purposewatch::testing
