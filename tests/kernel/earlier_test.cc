// What is older than the agent: processes, what started them, the descriptors that they hold, and hard links.
#include <chrono>
#include <filesystem>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class EarlierInTheKernel : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    mail_ = path("vmail/example.org/alice/1");
    linked_ = path("vmail/example.org/alice/2");
    within_ = path("vmail/example.org/alice/3");
    imap_ = path("imap");
    link_ = path("elsewhere/copy");
    innocent_ = path("elsewhere/a");
  }

  void link(const std::string& file, const std::string& link) const {
    std::filesystem::create_directories(std::filesystem::path(link).parent_path());
    std::filesystem::create_hard_link(file, link);
  }

  // As the event loop does, until the condition holds.
  static void turn_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      agent().tick();
      agent().drain();
    }
  }

  static std::uint64_t marks() {
    for (const MapHealth& map : agent().health().maps)
      if (map.map == "marks") return map.entries;
    return 0;
  }

  // A job that is a script, and a tool that only a daemon may drive.
  std::string policy() const {
    std::string text = usual_policy();
    text.insert(text.find("  client-self:"), "  job: {exe: " + path("interpreter") +
                                                 ", script: " + path("nightly") +
                                                 "}\n  daemon: {exe: " + path("daemon") + "}\n" +
                                                 "  tool: {exe: " + path("tool") + ", parent: daemon}\n");
    for (const std::string service : {"job", "tool"})
      text += "  - {service: " + service + ", store: mail, access: [read], purpose: requested-service}\n";
    return text;
  }

  // Each of them makes a file when it waits, then reads a mail.
  struct Jobs {
    std::unique_ptr<WaitingActor> of_script, of_daemon, shed;
  };
  Jobs start_jobs();
  void expect_jobs_known(const Jobs& jobs);

  void expect_links_known();
  void expect_held_file_told(pid_t holder);

  std::string mail_, linked_, within_, imap_, link_, innocent_;
};

EarlierInTheKernel::Jobs EarlierInTheKernel::start_jobs() {
  const std::string interpreter = copy_of_actor("interpreter"), tool = copy_of_actor("tool"),
                    daemon = copy_of_actor("daemon"), nightly = make_script("nightly", interpreter);
  Jobs jobs{start(nightly, {"create", path("zero"), "wait", "read", mail_}),
            start(daemon, {"run", tool, "create", path("one"), "wait", "read", mail_}),
            start(actor(), {"shed", daemon, "become", tool, "create", path("two"), "wait", "read", mail_})};
  for (const char* ready : {"zero", "one", "two"}) await_file(path(ready));
  return jobs;
}

// Parents are found among the living; scripts are not known.
void EarlierInTheKernel::expect_jobs_known(const Jobs& jobs) {
  const std::uint64_t seen_before = seen();
  jobs.of_daemon->go_on();
  EXPECT_EQ(jobs.of_daemon->finish(), 0);
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("tool", "read"), 1U);
  EXPECT_EQ(seen(), seen_before) << "nothing of it goes up";
  jobs.shed->go_on();
  EXPECT_EQ(jobs.shed->finish(), 0);
  EXPECT_EQ(finding().verdict.reason, Reason::kParentMismatch);
  jobs.of_script->go_on();
  EXPECT_EQ(jobs.of_script->finish(), 0);
  EXPECT_EQ(finding().verdict.reason, Reason::kScriptMismatch);
}

void EarlierInTheKernel::expect_held_file_told(pid_t holder) {
  const Finding one = finding();
  EXPECT_EQ(one.access.path, mail_);
  EXPECT_EQ(one.verdict.client, "alice");
  EXPECT_EQ(one.subject->pid, static_cast<std::uint32_t>(holder));
  EXPECT_EQ(one.subject->executable, actor());
  std::uint64_t permitted = 0;  // since the agent's start
  for (const AccessCount& count : agent().health().accesses)
    if (count.service == "imap" && count.access == "read") permitted += count.value;
  EXPECT_EQ(permitted, 1U) << "of the service that holds one, too";
}

void EarlierInTheKernel::expect_links_known() {
  const std::uint64_t before = permitted("imap", "read"), seen_before = seen();
  act(imap_, {"read", link_, "read", link_});
  EXPECT_EQ(permitted("imap", "read") - before, 2U) << "who may read the store may read it by any name";
  EXPECT_EQ(seen(), seen_before) << "nothing of it goes up";
  act({"read", link_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.access.path, linked_) << "the name that it has in the store";
  EXPECT_EQ(told.access.accessed_through, link_);
  act({"read", innocent_});
  EXPECT_TRUE(findings().empty());
}

// In one test, since each new agent has the kernel verify its programs.
TEST_F(EarlierInTheKernel, ProcessesTheirOriginsDescriptorsAndLinksAreKnown) {
  for (const char* file : {"1", "2", "3"}) make_file(std::string("vmail/example.org/alice/") + file);
  link(linked_, link_);
  link(within_, path("vmail/example.org/bob/3"));
  link(make_file("elsewhere/a"), path("elsewhere/b"));
  copy_of_actor("imap");
  const auto holder = start(actor(), {"hold", "r", mail_, "create", path("ready"), "wait"});
  const auto serving = start(imap_, {"hold", "r", mail_, "create", path("also-ready"), "wait"});
  const auto service = start(imap_, {"wait", "read", mail_});
  const auto stranger = start(actor(), {"wait", "read", mail_});
  for (const char* ready : {"ready", "also-ready"}) await_file(path(ready));
  const Jobs jobs = start_jobs();
  watch_afresh(policy());
  expect_held_file_told(holder->pid());

  service->go_on();
  EXPECT_EQ(service->finish(), 0);
  EXPECT_TRUE(findings().empty());
  stranger->go_on();
  EXPECT_EQ(stranger->finish(), 0);
  EXPECT_EQ(finding().subject->executable, actor());
  expect_jobs_known(jobs);

  turn_until([] { return marks() > 0; });
  EXPECT_EQ(marks(), 1U) << "no link within the store, none of another file";
  expect_links_known();
}

TEST_F(EarlierInTheKernel, LinksAreLookedForAgainWhenAStoreIsNew) {
  link(make_file("cards/shop/alice/1"), link_);
  watch();
  std::string moved = usual_policy();
  const std::string old_place = path("vmail/{domain}");
  for (std::size_t at = 0; (at = moved.find(old_place)) != std::string::npos;)
    moved.replace(at, old_place.size(), path("cards/{domain}"));
  act({"read", link_});
  EXPECT_TRUE(findings().empty());
  ASSERT_TRUE(reload(moved));
  std::vector<Finding> told;
  turn_until([&] {
    act({"read", link_});
    told = findings();
    return !told.empty();
  });
  EXPECT_EQ(told.front().verdict.client, "alice");
}

}  // namespace
}  // namespace purposewatch::testing
