#include "tests/kernel/actor.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/flow/passed_descriptor.h"
#include "tests/kernel/connect_verbs.h"
#include "tests/kernel/disguise_verbs.h"
#include "tests/kernel/guard_verbs.h"
#include "tests/kernel/memory_verbs.h"
#include "tests/kernel/mount_verbs.h"
#include "tests/kernel/name_verbs.h"
#include "tests/kernel/path_verbs.h"
#include "tests/kernel/race_verbs.h"
#include "tests/kernel/route_verbs.h"
#include "tests/kernel/uring_verbs.h"

namespace purposewatch::testing {
namespace {

class Actor {
 public:
  explicit Actor(std::vector<std::string> words) : words_(std::move(words)) {}

  int run() {
    while (at_ < words_.size()) {
      const std::string verb = next();
      errno = 0;
      if (!obey(verb)) {
        std::fprintf(stderr, "actor: %s: %s\n", verb.c_str(), std::strerror(errno));
        return 1;
      }
    }
    return child_status_;
  }

 private:
  std::string next() { return at_ < words_.size() ? words_[at_++] : std::string(); }

  static bool open_and_close(const std::string& path, int flags) {
    const int file = open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (file < 0) return false;
    char byte = 0;
    if ((flags & O_ACCMODE) == O_RDONLY && !(flags & (O_DIRECTORY | O_PATH))) (void)!read(file, &byte, 1);
    return close(file) == 0;
  }

  // As gzip does it, so that nothing is open any more at the end.
  static bool hear_and_close() {
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0 && write(STDOUT_FILENO, &byte, 1) == 1) {
    }
    return close(STDIN_FILENO) == 0 && close(STDOUT_FILENO) == 0;
  }

  bool obey(const std::string& verb) {
    if (verb == "read") return open_and_close(next(), O_RDONLY);
    if (verb == "list") return open_and_close(next(), O_RDONLY | O_DIRECTORY);
    if (verb == "write") return open_and_close(next(), O_WRONLY);
    if (verb == "create") return open_and_close(next(), O_WRONLY | O_CREAT | O_EXCL);
    if (verb == "hear") return hear_and_close();
    if (verb == "hold-writing") return open(next().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
    if (verb == "rdwr") return open_and_close(next(), O_RDWR);
    if (verb == "opath") return open_and_close(next(), O_PATH);
    if (verb == "denied") return !open_and_close(next(), O_RDONLY);
    if (verb == "exec") return become(next(), {});
    if (verb == "hold") return hold(next());
    if (verb == "become") return become_rest();
    if (verb == "thread-become") return become_from_thread();
    if (verb == "fork") return go_on_in_child();
    if (verb == "uid") return set_uid(static_cast<uid_t>(std::stoul(next())));
    if (verb == "gid") return set_gid(static_cast<gid_t>(std::stoul(next())));
    if (verb == "cgroup")
      return static_cast<bool>(std::ofstream(next() + "/cgroup.procs") << getpid() << std::flush);
    if (verb == "wait") return wait_for_byte();
    if (verb == "mkdir") return std::filesystem::create_directories(next());
    if (verb == "chdir") return chdir(next().c_str()) == 0;
    if (verb == "name") return prctl(PR_SET_NAME, next().c_str()) == 0;
    if (verb == "descend") return descend();
    if (verb == "hand") return hand_over("receive");
    if (verb == "hand-in-vain") return hand_over("receive-data");
    if (verb == "receive") return receive(std::stoi(next()));
    if (verb == "receive-data") return receive_data(std::stoi(next()));
    if (verb == "let-take") return let_take();
    if (verb == "take") return take();
    if (is_ring_verb(verb)) return act_through_ring(verb, next()).value_or(false);
    if (verb == "run") return run_rest();
    if (verb == "let") return let();
    if (verb == "let-then") return let_then();
    if (verb == "trace") return trace_rest();
    if (verb == "env") return set_variable();
    if (verb == "own") return touch_memory(next(), {std::to_string(getpid())});
    if (verb == "thread-read") return read_in_thread();
    if (const auto count = connect_verb_arguments(verb)) return reach_socket(verb, take_words(*count));
    if (mount_verb_arguments(verb)) return change_mounts(verb, take_words(*mount_verb_arguments(verb)));
    if (guard_verb_arguments(verb)) return go_against(verb, take_words(*guard_verb_arguments(verb)));
    if (path_verb_arguments(verb)) return go_by_path(verb, take_words(*path_verb_arguments(verb)));
    if (race_verb_arguments(verb)) return race(verb, take_words(*race_verb_arguments(verb)));
    if (memory_verb_arguments(verb)) return touch_memory(verb, take_words(*memory_verb_arguments(verb)));
    if (const auto count = route_verb_arguments(verb)) return take_route(verb, take_words(*count));
    if (verb.front() == '/' || verb.front() == '.') return take_script();
    std::vector<std::string> words = rest();
    const auto disguised = disguise(verb, words);
    at_ = words_.size() - words.size();
    if (disguised) return *disguised;
    return change_name(verb);
  }

  // A script's interpreter: the kernel puts the script's name before what the script was told.
  bool take_script() {
    while (at_ < words_.size())
      if (next() == "act") return true;
    return false;
  }

  std::vector<std::string> take_words(int count) {
    std::vector<std::string> words;
    for (int i = 0; i < count; ++i) words.push_back(next());
    return words;
  }

  bool read_in_thread() {
    const std::string path = next();
    bool done = false;
    std::thread([&] { done = open_and_close(path, O_RDONLY); }).join();
    return done;
  }

  bool change_name(const std::string& verb) {
    const auto count = name_verb_arguments(verb);
    if (!count) return false;
    return change_names(verb, take_words(*count));
  }

  std::vector<std::string> rest() {
    std::vector<std::string> words(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    at_ = words_.size();
    return words;
  }

  static bool become(const std::string& program, std::vector<std::string> words) {
    std::vector<std::string> arguments = {program, "act"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<char*> raw;
    for (std::string& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    execv(program.c_str(), raw.data());
    return false;
  }

  bool become_rest() {
    const std::string program = next();
    return become(program, rest());
  }

  // hold r|w|rw|d|c FILE: opens it so that it stays open over an exec; c: only until then.
  bool hold(const std::string& how) {
    int flags = O_RDONLY;
    if (how == "w") flags = O_WRONLY;
    if (how == "rw") flags = O_RDWR;
    if (how == "c") flags = O_CLOEXEC;
    return open(next().c_str(), flags) >= 0;
  }

  bool become_from_thread() {
    const std::string program = next();
    const std::vector<std::string> words = rest();
    std::thread thread([&] { become(program, words); });
    thread.join();  // comes back only when exec failed
    return false;
  }

  bool go_on_in_child() {
    const pid_t child = fork();
    if (child <= 0) return child == 0;
    int status = 0;
    if (waitpid(child, &status, 0) != child) return false;
    child_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    at_ = words_.size();
    return true;
  }

  static bool set_gid(gid_t gid) { return setresgid(gid, gid, gid) == 0; }
  static bool set_uid(uid_t uid) { return setresuid(uid, uid, uid) == 0; }

  static bool wait_for_byte() {
    char byte = 0;
    return read(STDIN_FILENO, &byte, 1) >= 0;
  }

  bool descend() {
    const int levels = std::stoi(next());
    const std::string name = next();
    for (int level = 0; level < levels; ++level)
      if (mkdir(name.c_str(), 0700) != 0 || chdir(name.c_str()) != 0) return false;
    return true;
  }

  // Another program as a child, told what to do, and its end awaited.
  static bool run_child(const std::string& program, const std::vector<std::string>& words,
                        bool traced = false) {
    const pid_t child = fork();
    if (child == 0) {
      if (traced && ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(126);
      become(program, words);
      _exit(127);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) == child && WIFSTOPPED(status))
      if (ptrace(PTRACE_CONT, child, nullptr, nullptr) != 0) return false;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  bool run_rest() {
    const std::string program = next();
    return run_child(program, rest());
  }

  bool let() {
    const std::string program = next(), verb = next();
    return run_child(program, {verb, std::to_string(getpid())});
  }

  bool let_then() {
    const std::string program = next();
    std::vector<std::string> words = {next(), std::to_string(getpid())};
    for (std::string& word : rest()) words.push_back(std::move(word));
    return run_child(program, words);
  }

  bool trace_rest() {
    const std::string program = next();
    return run_child(program, rest(), /*traced=*/true);
  }

  bool set_variable() {
    const std::string name = next(), value = next();
    return setenv(name.c_str(), value.c_str(), 1) == 0;
  }

  // hand FILE FLAGS PROGRAM: opens the file and sends the descriptor to the program, which does not open it.
  // hand-in-vain: to one that takes the message's data alone.
  bool hand_over(const std::string& how) {
    const std::string path = next(), flags = next(), program = next();
    const int file = open(path.c_str(), (flags == "rw" ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    int ends[2];
    if (file < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return false;
    return send_descriptor(ends[0], file) && run_child(program, {how, std::to_string(ends[1])});
  }

  static bool receive(int socket) { return static_cast<bool>(receive_descriptor(socket)); }

  static bool receive_data(int socket) {
    char byte = 0;
    return recv(socket, &byte, 1, 0) == 1;
  }

  // let-take FILE PROGRAM: opens the file and has the program take the descriptor out of this process.
  bool let_take() {
    const std::string path = next(), program = next();
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    return file >= 0 && run_child(program, {"take", std::to_string(getpid()), std::to_string(file)});
  }

  bool take() {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, std::stoi(next()), 0));
    const int file = std::stoi(next());
    return process >= 0 && syscall(SYS_pidfd_getfd, process, file, 0) >= 0;
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  int child_status_ = 0;
};

}  // namespace

int act(const std::vector<std::string>& words) {
  return Actor(words).run();
}

}  // namespace purposewatch::testing
