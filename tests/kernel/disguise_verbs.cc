#include "tests/kernel/disguise_verbs.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace purposewatch::testing {
namespace {

using Words = std::vector<std::string>;

std::string take(Words& words) {
  if (words.empty()) return {};
  std::string word = words.front();
  words.erase(words.begin());
  return word;
}

std::vector<char*> raw_of(Words& words) {
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  return raw;
}

// argv: the program's name, what comes before its orders, and the orders.
bool become(const std::string& program, Words arguments, const Words& orders) {
  arguments.emplace_back("act");
  arguments.insert(arguments.end(), orders.begin(), orders.end());
  execv(program.c_str(), raw_of(arguments).data());
  return false;
}

bool become_descriptor(int file, const std::string& program, const Words& orders) {
  Words arguments = {program, "act"};
  arguments.insert(arguments.end(), orders.begin(), orders.end());
  char empty[] = "";
  char* no_environment[] = {empty, nullptr};
  return file >= 0 &&
         syscall(SYS_execveat, file, "", raw_of(arguments).data(), no_environment, AT_EMPTY_PATH) == 0;
}

bool become_memfd(Words& words) {
  const std::string program = take(words);
  const int memory = memfd_create("imap", MFD_CLOEXEC);
  std::ofstream("/proc/self/fd/" + std::to_string(memory), std::ios::binary)
      << std::ifstream(program, std::ios::binary).rdbuf();
  return become_descriptor(memory, program, words);
}

bool become_removed(Words& words) {
  const std::string program = take(words), copy = program + ".copy";
  std::filesystem::copy_file(program, copy);
  const int file = open(copy.c_str(), O_PATH | O_CLOEXEC);
  return std::filesystem::remove(copy) && become_descriptor(file, program, words);
}

// -1: of any child.
int end_of(pid_t child) {
  int status = 0;
  return child != 0 && waitpid(child, &status, 0) >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

bool shed(Words& words) {
  const std::string program = take(words);
  const pid_t child = fork();
  if (child > 0) return become(program, {program}, {"await-child"});
  const std::string parent = "/proc/" + std::to_string(getppid()) + "/exe";
  while (child == 0 && std::filesystem::read_symlink(parent) != program) sched_yield();
  return child == 0;
}

bool orphan() {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child > 0) _exit(0);
  while (child == 0 && getppid() == parent) sched_yield();
  return child == 0;
}

bool take_pid(pid_t wanted) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uintptr_t>(&wanted);
  arguments.set_tid_size = 1;
  const long child = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (child > 0) _exit(end_of(static_cast<pid_t>(child)));
  return child == 0;
}

bool take_user_namespace() {
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
}

bool become_called(Words& words) {
  const std::string name = take(words), program = take(words);
  return become(program, {name}, words);
}

bool become_by_loader(Words& words) {
  const std::string loader = take(words), program = take(words);
  return become(loader, {loader, program}, words);
}

bool log_in(const std::string& user) {
  return static_cast<bool>(std::ofstream("/proc/self/loginuid") << user << std::flush);
}

}  // namespace

std::optional<bool> disguise(const std::string& verb, Words& words) {
  if (verb == "become-called") return become_called(words);
  if (verb == "become-memfd") return become_memfd(words);
  if (verb == "become-removed") return become_removed(words);
  if (verb == "become-by-loader") return become_by_loader(words);
  if (verb == "fail-to-become") {
    const std::string program = take(words);
    return !become(program, {program}, {});
  }
  if (verb == "shed") return shed(words);
  if (verb == "await-child") return end_of(-1) == 0;
  if (verb == "orphan") return orphan();
  if (verb == "pid") return take_pid(std::stoi(take(words)));
  if (verb == "login") return log_in(take(words));
  if (verb == "user-namespace") return take_user_namespace();
  if (verb == "chroot") return chroot(take(words).c_str()) == 0;
  return std::nullopt;
}

}  // namespace purposewatch::testing
