#include "agent/flow/canary.h"

#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

extern char** environ;

namespace purposewatch {
namespace {

// The agent blocks signals that it reads as events; its children must not.
pid_t spawn(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process = -1;
  const int error = posix_spawn(&process, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return process;
  spdlog::error("the canary cannot be started: {}", std::strerror(error));
  return -1;
}

}  // namespace

Canary::~Canary() {
  end_process();
}

std::string Canary::round_directory() const {
  return decoy_ + "/" + std::to_string(getpid()) + "-" + std::to_string(round_);
}

void Canary::send(Clock::time_point now, const std::set<CanaryAct>& expected) {
  ++round_;
  next_ = now + options_.interval;
  deadline_ = now + kPatience;
  awaited_ = expected;
  has_ended_ = false;
  std::error_code ignored;  // then the process cannot act, which shows
  std::filesystem::create_directories(decoy_, ignored);
  std::vector<std::string> words = options_.command;
  words.push_back(round_directory());
  process_ = spawn(std::move(words));
  if (*process_ < 0) has_ended_ = true;
}

void Canary::saw(AccessKind kind, std::string_view path, double latency_seconds) {
  const std::string here = round_directory();
  if (!process_ || !path.starts_with(here)) return;
  path.remove_prefix(here.size());
  for (const CanaryActInfo& info : kCanaryActs) {
    if (info.kind != kind || (!info.file.empty() && path != "/" + std::string(info.file))) continue;
    if (awaited_.erase(info.act) == 0) continue;
    latencies_.add(latency_seconds);
    return;
  }
}

bool Canary::is_back(Clock::time_point now, bool hooks_have_fired) {
  if (!process_) return false;
  if (!has_ended_ && waitpid(*process_, nullptr, WNOHANG) == *process_) has_ended_ = true;
  const bool is_complete = has_ended_ && awaited_.empty() && hooks_have_fired;
  if (!is_complete && now < deadline_) return false;
  missing_.clear();
  for (const CanaryActInfo& info : kCanaryActs)
    if (awaited_.contains(info.act)) missing_.emplace_back(info.name);
  end_process();
  return true;
}

// What a process that was stopped in the middle has left goes, too.
void Canary::end_process() {
  if (!process_) return;
  if (!has_ended_) {
    kill(*process_, SIGKILL);
    waitpid(*process_, nullptr, 0);
  }
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(round_directory(), ignored);
}

}  // namespace purposewatch
