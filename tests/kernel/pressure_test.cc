// More of everything than the tables hold: more is told then, or counted as lost, and nothing passes in
// silence.
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "bpf/abi.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class Pressure : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (is_emulated()) GTEST_SKIP() << "takes minutes on an emulated machine";
    // In memory: a disk's file system takes the longer to make a file, the more were made and removed on it.
    ASSERT_EQ(mount("tmpfs", path("").c_str(), "tmpfs", 0, "mode=755"), 0) << std::strerror(errno);
  }

  void TearDown() override {
    (void)umount2(path("").c_str(), MNT_DETACH);
    KernelTest::TearDown();
  }

  // Reads along until the actor has ended.
  static void finish(WaitingActor& actor) {
    while (!actor.has_ended()) agent().drain();
    EXPECT_EQ(actor.finish(), 0);
  }

  static std::uint64_t count(const std::vector<Finding>& all) {
    std::uint64_t sum = 0;
    for (const Finding& finding : all) sum += finding.count;
    return sum;
  }

  static MapHealth table(const std::string& name) {
    for (const MapHealth& map : agent().health().maps)
      if (map.map == name) return map;
    return {};
  }
};

TEST_F(Pressure, OfFiftyThousandClientsAndThreeHundredThousandFilesEachIsToldOrCountedAsLost) {
  constexpr int kClients = 50'000, kFilesEach = 6;
  const std::string domain = make_directory("vmail/example.org");
  watch();
  finish(*start(actor(), {"fill", domain, std::to_string(kClients), std::to_string(kFilesEach)}));
  const std::vector<Finding> all = findings();
  EXPECT_EQ(count(all) + lost(), static_cast<std::uint64_t>(kClients) * (1 + kFilesEach));
  EXPECT_GE(count(all), lost()) << "most of it is told";
  std::set<std::string> clients;
  for (const Finding& finding : all) {
    EXPECT_EQ(finding.access.kind, AccessKind::kCreate);
    EXPECT_TRUE(finding.access.path.starts_with(domain + "/" + finding.verdict.client))
        << finding.access.path;
    clients.insert(finding.verdict.client);
  }
  EXPECT_LE(clients.size(), static_cast<std::size_t>(kClients));
  EXPECT_GE(clients.size() + lost(), static_cast<std::size_t>(kClients));
}

TEST_F(Pressure, OfAHundredThousandProcessesEachIsToldOrCountedAsLost) {
  constexpr int kLives = 100'000;
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  const auto parent = start(actor(), {"shortest-lives", std::to_string(kLives), mail});
  const auto parent_pid = static_cast<std::uint32_t>(parent->pid());
  finish(*parent);
  const std::vector<Finding> all = findings();
  EXPECT_EQ(count(all) + lost(), static_cast<std::uint64_t>(kLives));
  std::set<std::pair<std::uint32_t, std::uint64_t>> lives;
  for (const Finding& finding : all) {
    EXPECT_EQ(finding.subject->executable, actor());
    EXPECT_EQ(finding.subject->parent_pid, parent_pid);
    EXPECT_TRUE(lives.emplace(finding.subject->pid, finding.subject->start_boot_ns).second);
  }
}

// As many hard links that are older than the agent as its table holds, and more.
TEST_F(Pressure, LinksForWhichTheTableHasNoRoomAreStillTold) {
  constexpr int kBeyond = 1'000, kFiles = PW_MARKS_MAX + kBeyond;
  const std::string mailbox = make_directory("vmail/example.org/alice"),
                    elsewhere = make_directory("elsewhere");
  for (int i = 0; i < kFiles; ++i) {
    const std::string name = "/" + std::to_string(i);
    const std::string file = make_file("vmail/example.org/alice" + name);
    std::filesystem::create_hard_link(file, elsewhere + name);
  }
  watch();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (table("marks").entries < kFiles) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << table("marks").entries;
    agent().tick();
    agent().drain();
  }
  EXPECT_EQ(table("marks").capacity, static_cast<std::uint64_t>(PW_MARKS_MAX)) << "it shows that it is full";
  (void)findings();
  const std::string imap = copy_of_actor("imap"), innocent = make_file("innocent");
  std::vector<std::string> words;
  for (int i = 0; i < kFiles; i += kFiles / 500)
    words.insert(words.end(), {"read", elsewhere + "/" + std::to_string(i)});
  const std::uint64_t reads = words.size() / 2;
  words.insert(words.end(), {"read", innocent});
  finish(*start(actor(), words));
  const std::vector<Finding> all = findings();
  EXPECT_EQ(count(all) + std::min(lost(), reads - count(all)), reads);
  for (const Finding& finding : all) EXPECT_EQ(finding.verdict.client, "alice");
  const std::uint64_t lost_before = lost();
  finish(*start(imap, words));
  EXPECT_TRUE(findings().empty());
  const std::uint64_t permits = permitted("imap", "read");
  EXPECT_EQ(permits + std::min(lost() - lost_before, reads - permits), reads);
}

}  // namespace
}  // namespace purposewatch::testing
