#include "tests/kernel/race_verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "rules/base/descriptor.h"
#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

using Words = const std::vector<std::string>&;

// Does something again and again, in a thread, for as long as it lives.
class Again {
 public:
  explicit Again(std::function<void()> work)
      : thread_([work = std::move(work)](const std::stop_token& stop) {
          while (!stop.stop_requested()) work();
        }) {}

 private:
  std::jthread thread_;
};

bool note(const std::string& path, int count) {
  return static_cast<bool>(std::ofstream(path) << count << std::flush);
}

bool swap_path(Words words) {
  struct stat wanted {};
  if (words[0].size() != words[1].size() || stat(words[0].c_str(), &wanted) != 0) return false;
  std::vector<char> path(words[0].begin(), words[0].end());
  path.push_back('\0');
  int opened = 0;
  {
    bool is_second = false;
    const Again swap([&] {
      const std::string& next = words[is_second ? 0 : 1];
      is_second = !is_second;
      // As a whole, or in two halves: to the kernel it is all the same.
      std::memcpy(path.data(), next.data(), next.size());
    });
    for (int i = 0; i < std::stoi(words[2]); ++i) {
      const Descriptor file(open(path.data(), O_RDONLY | O_CLOEXEC));
      struct stat status {};
      if (file && fstat(file.get(), &status) == 0 && status.st_ino == wanted.st_ino) ++opened;
    }
  }
  return note(words[3], opened);
}

bool rename_storm(Words words) {
  const Descriptor directory(open(words[2].c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const Again exchange(
      [&] { (void)renameat2(AT_FDCWD, words[0].c_str(), AT_FDCWD, words[1].c_str(), RENAME_EXCHANGE); });
  for (int i = 0; i < std::stoi(words[4]); ++i)
    if (!Descriptor(openat(directory.get(), words[3].c_str(), O_RDONLY | O_CLOEXEC))) return false;
  return true;
}

bool mount_storm(Words words) {
  int opened = 0;
  {
    const Again mount_and_unmount([&] {
      (void)mount(words[0].c_str(), words[1].c_str(), nullptr, MS_BIND, nullptr);
      (void)umount2(words[1].c_str(), MNT_DETACH);
    });
    for (int i = 0; i < std::stoi(words[3]); ++i)
      if (Descriptor(open(words[2].c_str(), O_RDONLY | O_CLOEXEC))) ++opened;
  }
  return note(words[4], opened);
}

bool short_lives(Words words) {
  for (int i = 0; i < std::stoi(words[0]); ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(open(words[1].c_str(), O_RDONLY | O_CLOEXEC) < 0);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return false;
  }
  return true;
}

// A child of vfork is ten times cheaper than one of fork. In a function of its own: the child works on its
// frame.
[[gnu::noinline]] bool shortest_life(const char* path) {
  const pid_t child = vfork();
  if (child == 0) _exit(open(path, O_RDONLY | O_CLOEXEC) < 0);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool shortest_lives(Words words) {
  for (int i = 0; i < std::stoi(words[0]); ++i)
    if (!shortest_life(words[1].c_str())) return false;
  return true;
}

bool flood(Words words) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(words[0])) paths.push_back(entry.path());
  for (int i = 0; i < std::stoi(words[1]); ++i)
    for (const std::string& path : paths)
      if (!Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC))) return false;
  return true;
}

bool fill(Words words) {
  const Descriptor root(open(words[0].c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < std::stoi(words[1]); ++i) {
    const std::string name = std::to_string(i);
    if (mkdirat(root.get(), name.c_str(), 0700) != 0) return false;
    const Descriptor directory(openat(root.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int file = 0; file < std::stoi(words[2]); ++file)
      if (!Descriptor(
              openat(directory.get(), std::to_string(file).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)))
        return false;
  }
  return true;
}

struct Verb {
  int arguments;
  bool (*run)(Words);
};

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {{"swap-path", {4, swap_path}},
                                                  {"rename-storm", {5, rename_storm}},
                                                  {"mount-storm", {5, mount_storm}},
                                                  {"short-lives", {2, short_lives}},
                                                  {"shortest-lives", {2, shortest_lives}},
                                                  {"flood", {2, flood}},
                                                  {"fill", {3, fill}}};
  return all;
}

}  // namespace

std::optional<int> race_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool race(const std::string& verb, const std::vector<std::string>& arguments) {
  return verbs().at(verb).run(arguments);
}

}  // namespace purposewatch::testing
