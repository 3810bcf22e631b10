#include "tests/kernel/stage.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "rules/language/policy.h"

extern char** environ;

namespace purposewatch::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kDeadline{20};  // generous: an emulated machine may be slow

Collected collected;
std::unique_ptr<Agent> the_agent;

std::uint64_t total_loss(const Health& health) {
  std::uint64_t sum = 0;
  for (const StageLoss& loss : health.lost) sum += loss.value;
  return sum;
}

std::optional<Backend> wanted_backend() {
  const char* name = std::getenv("PURPOSEWATCH_BACKEND");
  return name == nullptr ? std::nullopt : backend_named(name);
}

pid_t spawn(const std::string& program, const std::vector<std::string>& words, int stdin_end) {
  std::vector<std::string> arguments = {program, "act"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (stdin_end >= 0) posix_spawn_file_actions_adddup2(&actions, stdin_end, STDIN_FILENO);
  pid_t child = -1;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_TRUE(error == 0 || error == ENOEXEC)
      << "cannot start " << program;  // of 32 bits: not on every kernel
  return error == 0 ? child : -1;
}

int exit_code_of(pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Finding only(const std::vector<Finding>& all) {
  EXPECT_EQ(all.size(), 1U);
  if (!all.empty()) return all.front();
  Finding none;
  none.subject = std::make_shared<Subject>();
  return none;
}

}  // namespace

WaitingActor::~WaitingActor() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void WaitingActor::go_on() {
  const char byte = 'x';
  EXPECT_EQ(write(stdin_.get(), &byte, 1), 1);
}

bool WaitingActor::has_ended() const {
  siginfo_t ended{};
  return waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == pid_;
}

int WaitingActor::finish() {
  stdin_.reset();
  return exit_code_of(std::exchange(pid_, -1));
}

// Of the agent that serves all tests.
KernelTest::Own::Own() {
  std::string name = "/tmp/purposewatch-own-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) return;
  chmod(name.c_str(), 0755);
  state = name + "/state";
  decoy = state + "/canary";
  executable = name + "/program";
  policy = {name + "/policy.d"};
  std::filesystem::create_directories(decoy);
  std::filesystem::create_directories(policy[0]);
  std::ofstream(executable) << "program";
  place_ = name;
}

KernelTest::Own::~Own() {
  std::error_code ignored;
  if (!place_.empty()) std::filesystem::remove_all(place_, ignored);
}

void KernelTest::SetUp() {
  std::string name = "/tmp/purposewatch-kernel-XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  root_ = name;
  chmod(name.c_str(), 0755);  // actors under other users pass through
}

void KernelTest::await_canary() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const double before = agent().health().canary_success_timestamp;
  agent().hasten_canary();
  while (agent().health().canary_success_timestamp == before) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << agent().health().not_ready_reason;
    agent().drain();
    agent().tend_canary();
    std::this_thread::yield();
  }
}

void KernelTest::TearDown() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string KernelTest::make_directory(const std::string& relative) const {
  std::filesystem::create_directories(root_ / relative);
  return path(relative);
}

std::string KernelTest::make_file(const std::string& relative) const {
  std::filesystem::create_directories((root_ / relative).parent_path());
  std::ofstream(root_ / relative) << "content";
  return path(relative);
}

const std::string& KernelTest::agent_executable() {
  static const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  return self;
}

const std::string& KernelTest::actor() {
  static const std::string beside =
      std::filesystem::path(agent_executable()).replace_filename("actor").string();
  return beside;
}

std::string KernelTest::copy_of_actor(const std::string& relative) const {
  std::filesystem::create_directories((root_ / relative).parent_path());
  std::filesystem::copy_file(actor(), root_ / relative, std::filesystem::copy_options::overwrite_existing);
  chmod(path(relative).c_str(), 0755);
  return path(relative);
}

std::string KernelTest::make_script(const std::string& relative, const std::string& interpreter) const {
  std::filesystem::create_directories((root_ / relative).parent_path());
  std::ofstream(root_ / relative) << "#!" << interpreter << " act\n";
  chmod(path(relative).c_str(), 0755);
  return path(relative);
}

void MailTest::SetUp() {
  KernelTest::SetUp();
  mail_ = make_file("vmail/example.org/alice/1");
  imap_ = copy_of_actor("imap");
}

std::string KernelTest::usual_policy() const {
  return R"(
policy: {name: test, version: "1"}
classes:
  communications: {clause: P2, description: mail}
purposes:
  requested-service: {clause: P4, classes: [communications]}
stores:
  mail:
    class: [communications]
    paths: [")" +
         path("vmail/{domain}/{client}") + R"("]
    except: [")" +
         path("vmail/{domain}/{client}/dovecot.index*") + R"("]
services:
  imap: {exe: [")" +
         path("imap") + R"("]}
  client-self: {owner: true}
permits:
  - {service: imap, store: mail, access: [read, list], purpose: requested-service}
  - {service: client-self, store: mail, access: [read], purpose: requested-service}
)";
}

void KernelTest::watch(const std::string& policy_text) {
  const LoadedPolicy loaded = check_policy({{"test.yaml", policy_text}});
  for (const Diagnostic& diagnostic : loaded.diagnostics)
    if (diagnostic.severity == Diagnostic::Severity::kError) ADD_FAILURE() << to_string(diagnostic);
  ASSERT_NE(loaded.rules, nullptr);
  if (the_agent) {
    the_agent->close_ledger();  // what the test before was permitted
    const auto done = the_agent->reload(loaded.rules);
    ASSERT_TRUE(done) << done.error().message;
  } else {
    AgentOptions options;
    options.backend = wanted_backend();
    options.host = std::make_shared<HostIdentity>();
    struct stat mounts {};
    ASSERT_EQ(stat("/proc/self/ns/mnt", &mounts), 0);
    options.mount_namespace = static_cast<std::uint32_t>(mounts.st_ino);
    options.own = own_;
    options.canary.command = {agent_executable(), "canary"};
    options.protects = true;
    auto agent = Agent::start(options, loaded.rules, {&collected});
    ASSERT_TRUE(agent) << agent.error().message;
    the_agent = std::move(*agent);
    the_agent->unlock_until(kUnlocked, "tests");
    std::cout << "watching by " << name_of(the_agent->sensor().backend()) << " on Linux "
              << read_kernel_facts().release << std::endl;
  }
  collected = {};
  before_ = the_agent->health();
}

void KernelTest::watch_afresh(const std::string& policy_text) {
  the_agent.reset();
  watch(policy_text);
}

Result<void> KernelTest::reload(const std::string& policy_text) {
  const LoadedPolicy loaded = check_policy({{"test.yaml", policy_text}});
  if (!loaded.rules) return fail("the policy is not valid");
  return the_agent->reload(loaded.rules);
}

void KernelTest::act(const std::string& program, const std::vector<std::string>& words) {
  EXPECT_EQ(try_to_act(program, words), 0);
}

int KernelTest::try_to_act(const std::string& program, const std::vector<std::string>& words) {
  return exit_code_of(spawn(program, words, -1));
}

std::unique_ptr<WaitingActor> KernelTest::start(const std::string& program,
                                                const std::vector<std::string>& words) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor reading(ends[0]);
  return std::make_unique<WaitingActor>(spawn(program, words, reading.get()), Descriptor(ends[1]));
}

// The actor's open has returned before it ended, so the kernel has counted it: what was counted is what must
// come.
void KernelTest::settle() const {
  const auto deadline = Clock::now() + kDeadline;
  do {
    the_agent->finish();
    if (accounted() + lost() >= seen()) return;
    std::this_thread::yield();
  } while (Clock::now() < deadline);
  FAIL() << seen() << " accesses went up, " << accounted() << " came, " << lost() << " were lost";
}

void KernelTest::await_file(const std::string& path) {
  const auto deadline = Clock::now() + kDeadline;
  while (!std::filesystem::exists(path)) {
    ASSERT_LT(Clock::now(), deadline) << path << " was not made";
    std::this_thread::yield();
  }
}

void KernelTest::await(std::uint64_t accesses) const {
  const auto deadline = Clock::now() + kDeadline;
  while (seen() < accesses) {
    ASSERT_LT(Clock::now(), deadline) << seen() << " accesses went up, not " << accesses;
    std::this_thread::yield();
  }
}

std::vector<Finding> KernelTest::findings() {
  settle();
  return std::exchange(collected.findings, {});
}

std::vector<TamperEvent> KernelTest::tampering() {
  settle();
  return std::exchange(collected.tampering, {});
}

Finding KernelTest::finding() {
  return only(findings());
}

Finding KernelTest::finding_about(const std::string& name) {
  std::vector<Finding> all = findings();
  std::erase_if(all, [&](const Finding& finding) { return !finding.access.path.ends_with("/" + name); });
  return only(all);
}

std::uint64_t KernelTest::permitted(const std::string& service, const std::string& access) const {
  const auto sum = [&](const Health& health) {
    std::uint64_t total = 0;
    for (const AccessCount& count : health.accesses)
      if (count.service == service && count.access == access) total += count.value;
    return total;
  };
  return sum(the_agent->health()) - sum(before_);
}

std::uint64_t KernelTest::seen() const {
  return the_agent->health().seen - before_.seen;
}
std::uint64_t KernelTest::accounted() const {
  const auto sum = [](const Health& health) {
    std::uint64_t all = health.delivered;
    for (const StoreHealth& store : health.stores) all += store.suppressed;
    return all;
  };
  return sum(the_agent->health()) - sum(before_);
}
std::uint64_t KernelTest::lost() const {
  return total_loss(the_agent->health()) - total_loss(before_);
}
Agent& KernelTest::agent() {
  return *the_agent;
}

}  // namespace purposewatch::testing
