// The stage of a kernel test: a temporary tree, a policy, the agent watching with the backend under test,
// actors, and the findings they cause. Everything goes when the test ends.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/flow/agent.h"
#include "rules/base/descriptor.h"
#include "rules/model/sink.h"

namespace purposewatch::testing {

class Collected final : public Sink {
 public:
  void accept(const Finding& finding) override { findings.push_back(finding); }
  using Sink::note;
  void note(const TamperEvent& event) override { tampering.push_back(event); }
  std::vector<Finding> findings;
  std::vector<TamperEvent> tampering;
};

// An actor that waits for a word before it goes on.
class WaitingActor {
 public:
  WaitingActor(pid_t pid, Descriptor stdin_end) : pid_(pid), stdin_(std::move(stdin_end)) {}
  ~WaitingActor();
  WaitingActor(const WaitingActor&) = delete;
  WaitingActor& operator=(const WaitingActor&) = delete;
  void go_on();  // past its next `wait`
  int finish();  // waits for its end; its exit code
  bool has_ended() const;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  Descriptor stdin_;
};

class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Below the test's own directory.
  std::string path(const std::string& relative) const { return (root_ / relative).string(); }
  std::string make_directory(const std::string& relative) const;
  std::string make_file(const std::string& relative) const;
  std::string copy_of_actor(const std::string& relative) const;  // another executable that does the same

  // A script that the interpreter runs, an actor: it does what it is told, as any actor.
  std::string make_script(const std::string& relative, const std::string& interpreter) const;

  // The policy of most tests: store "mail" at ROOT/vmail/{domain}/{client}, whose ROOT/imap may read and list
  // it, and clients their own files. Other policies by text.
  std::string usual_policy() const;
  // Starting the agent makes the kernel verify its programs, which takes seconds on an emulated machine: so
  // one agent serves all tests, each with its own policy. Counts are those since watch().
  void watch(const std::string& policy_text);
  void watch() { watch(usual_policy()); }
  // Another agent, unless there was none yet, for the test of what it finds at its start.
  void watch_afresh(const std::string& policy_text);
  Result<void> reload(const std::string& policy_text);

  // Runs an actor to its end and expects it to do all it was told.
  void act(const std::string& program, const std::vector<std::string>& words);
  void act(const std::vector<std::string>& words) { act(actor(), words); }
  // 0 or the exit code.
  int try_to_act(const std::string& program, const std::vector<std::string>& words);
  std::unique_ptr<WaitingActor> start(const std::string& program, const std::vector<std::string>& words);
  static const std::string& actor();
  // That of this process; it can act, too.
  static const std::string& agent_executable();

  // Returns when the file is there: made by an actor that has got so far.
  static void await_file(const std::string& path);
  // Returns when a canary that is sent out now is back.
  static void await_canary();
  // Returns when so many accesses went up: of an actor that has not ended yet.
  void await(std::uint64_t accesses) const;
  // All that was told once everything that the kernel has counted has arrived. Clears.
  std::vector<Finding> findings();
  // Exactly one finding; or one about a file of this name, whatever it took to make the directories on the
  // way.
  Finding finding();
  Finding finding_about(const std::string& name);
  // What was done to the agent, of all that was told once everything has arrived. Clears.
  std::vector<TamperEvent> tampering();
  std::uint64_t permitted(const std::string& service, const std::string& access) const;
  std::uint64_t seen() const;       // accesses that went up
  std::uint64_t accounted() const;  // of these: told, one by one or by their count, or permitted late
  std::uint64_t lost() const;
  bool backend_is(Backend backend) const { return agent().sensor().backend() == backend; }
  // A machine on which everything takes many times as long: tests of many rounds do fewer.
  static bool is_emulated() { return std::getenv("PURPOSEWATCH_EMULATED") != nullptr; }
  // Changes of names and attributes are seen here.
  bool sees_names() const { return agent().sensor().sees_names(); }
  // Listeners that are handed descriptors are seen here.
  bool sees_listeners() const { return agent().sensor().sees_listeners(); }
  // Memory of other processes is seen here.
  bool sees_memory() const { return agent().sensor().sees_memory(); }
  static Agent& agent();

  // The agent is to be protected, but for the tests of that it is unlocked until then, for good.
  static constexpr std::uint64_t kUnlocked = ~std::uint64_t{0};

  // What is the agent's own, for as long as there are tests.
  struct Own : OwnPlaces {
    Own();
    ~Own();

   private:
    std::string place_;
  };
  static const OwnPlaces& own() { return own_; }

 private:
  void settle() const;

  std::filesystem::path root_;
  Health before_;
  inline static const Own own_;
};

// With a mail of alice's, and ROOT/imap, which may read it by the usual policy.
class MailTest : public KernelTest {
 protected:
  void SetUp() override;

  std::string mail_, imap_;
};

}  // namespace purposewatch::testing
