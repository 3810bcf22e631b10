// Whatever changes while a call runs, the record says what the kernel did; and there are many at once.
#include <fstream>
#include <set>

#include "bpf/abi.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class RacesInTheKernel : public KernelTest {
 protected:
  // Reads along until the actor has ended.
  static void finish(WaitingActor& actor) {
    while (!actor.has_ended()) agent().drain();
    EXPECT_EQ(actor.finish(), 0);
  }
  // Accesses of a kind that findings stand for.
  static std::uint64_t count(const std::vector<Finding>& all, AccessKind kind = AccessKind::kRead) {
    std::uint64_t sum = 0;
    for (const Finding& finding : all)
      if (finding.access.kind == kind) sum += finding.count;
    return sum;
  }
  // The note itself is a copy, of whoever has read something by then.
  std::vector<Finding> told_but_the_note() {
    std::vector<Finding> all = findings();
    std::erase_if(all, [this](const Finding& finding) {
      return finding.access.disclosure && finding.access.disclosure->path == path("noted");
    });
    return all;
  }
  std::uint64_t noted() const {
    std::uint64_t number = 0;
    std::ifstream(path("noted")) >> number;
    return number;
  }
};

TEST_F(RacesInTheKernel, APathThatIsRewrittenMeanwhileIsToldAsTheFileThatWasOpened) {
  const std::string mail = make_file("vmail/example.org/alice/1"),
                    beside = make_file("other/example.org/alice/1");
  watch();
  const auto actor = start(KernelTest::actor(), {"swap-path", mail, beside, "5000", path("noted")});
  finish(*actor);
  const std::vector<Finding> all = told_but_the_note();
  EXPECT_EQ(count(all) + lost(), noted());
  for (const Finding& finding : all) EXPECT_EQ(finding.access.path, mail);
}

TEST_F(RacesInTheKernel, ClientsThatChangeNamesMeanwhileHideNoAccess) {
  make_file("vmail/example.org/alice/1");
  make_file("vmail/example.org/carol/1");
  watch();
  constexpr std::uint64_t kReads = 5'000;
  const auto actor = start(KernelTest::actor(),
                           {"rename-storm", path("vmail/example.org/alice"), path("vmail/example.org/carol"),
                            path("vmail/example.org/alice"), "1", std::to_string(kReads)});
  finish(*actor);
  const std::vector<Finding> all = findings();
  EXPECT_GE(count(all) + lost(), kReads);
  EXPECT_LE(count(all), kReads);
  for (const Finding& finding : all)
    EXPECT_TRUE(finding.verdict.client == "alice" || finding.verdict.client == "carol")
        << finding.verdict.client << " at " << finding.access.path << " then " << finding.access.other_path;
}

TEST_F(RacesInTheKernel, DirectoriesThatAreMovedAboveTheStoreHideNoAccess) {
  make_file("vmail/example.org/alice/1");
  make_file("vmail/example.net/alice/1");
  watch();
  constexpr std::uint64_t kReads = 5'000;
  const auto actor =
      start(KernelTest::actor(), {"rename-storm", path("vmail/example.org"), path("vmail/example.net"),
                                  path("vmail/example.org/alice"), "1", std::to_string(kReads)});
  finish(*actor);
  const std::vector<Finding> all = findings();
  EXPECT_GE(count(all) + lost(), kReads);
  for (const Finding& finding : all) {
    if (finding.access.kind != AccessKind::kRead) continue;
    EXPECT_EQ(finding.verdict.client, "alice");
  }
}

TEST_F(RacesInTheKernel, MountsThatComeAndGoMeanwhileHideNoAccess) {
  make_file("vmail/example.org/alice/1");
  make_directory("elsewhere");
  watch();
  const auto actor =
      start(KernelTest::actor(), {"private", "mount-storm", path("vmail"), path("elsewhere"),
                                  path("elsewhere/example.org/alice/1"), "5000", path("noted")});
  finish(*actor);
  const std::vector<Finding> all = told_but_the_note();
  EXPECT_EQ(count(all) + lost(), noted());
  for (const Finding& finding : all) EXPECT_EQ(finding.verdict.client, "alice");
}

// Each is gone long before anybody could look at /proc; so many at a time as the ring holds.
TEST_F(RacesInTheKernel, EachOfThousandsOfShortLivesIsKnown) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  constexpr int kLives = 200;
  const int batches = is_emulated() ? 5 : 50;
  static_assert(kLives * (sizeof(pw_process_record) + sizeof(pw_access_small)) < SensorOptions{}.ring_bytes);
  std::vector<std::string> words;
  for (int i = 0; i < batches; ++i)
    words.insert(words.end(), {"short-lives", std::to_string(kLives), mail, "wait"});
  const auto actor = start(KernelTest::actor(), words);
  const auto parent = static_cast<std::uint32_t>(actor->pid());
  for (std::uint64_t batch = 1; batch <= static_cast<std::uint64_t>(batches); ++batch) {
    while (accounted() < batch * kLives && lost() == 0 && !actor->has_ended()) agent().drain();
    actor->go_on();
  }
  EXPECT_EQ(actor->finish(), 0);
  EXPECT_EQ(lost(), 0U);
  std::set<std::pair<std::uint32_t, std::uint64_t>> lives;
  for (const Finding& finding : findings()) {
    EXPECT_EQ(finding.subject->executable, KernelTest::actor());
    EXPECT_EQ(finding.subject->parent_pid, parent);
    lives.emplace(finding.subject->pid, finding.subject->start_boot_ns);
  }
  EXPECT_EQ(lives.size(), static_cast<std::size_t>(batches * kLives));
}

}  // namespace
}  // namespace purposewatch::testing
