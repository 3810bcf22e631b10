// Floods: more than the ring holds while nobody reads it. What repeats is counted, exactly, and no flood
// keeps another's accesses from being told.
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "bpf/abi.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class Floods : public KernelTest {
 protected:
  static constexpr std::uint64_t kRecordsMax = SensorOptions{}.ring_bytes / sizeof(pw_access_small);

  void SetUp() override {
    KernelTest::SetUp();
    domain_ = make_directory("vmail/example.org");
  }

  // A directory of a client's with so many files; 0755 all the way.
  std::string make_mailbox(const std::string& client, int files) {
    for (int i = 0; i < files; ++i) make_file("vmail/example.org/" + client + "/" + std::to_string(i));
    return domain_ + "/" + client;
  }

  static std::uint64_t reads_in(const std::vector<Finding>& all, const std::string& client) {
    std::uint64_t sum = 0;
    for (const Finding& finding : all)
      if (finding.access.kind == AccessKind::kRead && finding.verdict.client == client) sum += finding.count;
    return sum;
  }

  std::string domain_;
};

TEST_F(Floods, AreCountedToTheLastAccessWhileNobodyReadsTheRing) {
  constexpr std::uint64_t kProcesses = 4, kTimes = 5 * kRecordsMax;
  const std::string mailbox = make_mailbox("alice", 1);
  watch();
  std::vector<std::unique_ptr<WaitingActor>> flood;
  for (std::uint64_t i = 0; i < kProcesses; ++i)
    flood.push_back(start(actor(), {"flood", mailbox, std::to_string(kTimes)}));
  for (const auto& process : flood) EXPECT_EQ(process->finish(), 0);
  const std::vector<Finding> all = findings();
  EXPECT_EQ(reads_in(all, "alice"), kProcesses * kTimes);
  EXPECT_EQ(lost(), 0U);
  std::map<std::uint32_t, std::uint64_t> by_process;
  for (const Finding& finding : all)
    if (finding.access.kind == AccessKind::kRead) {
      by_process[finding.subject->pid] += finding.count;
      EXPECT_EQ(finding.access.path, mailbox + "/0");
      EXPECT_EQ(finding.verdict.reason, Reason::kUnknownService);
      EXPECT_LE(finding.first_wall_ns, finding.wall_ns);
    }
  EXPECT_EQ(by_process.size(), kProcesses);
  for (const auto& [pid, count] : by_process) EXPECT_EQ(count, kTimes);
}

// One process that reads more files than the ring holds records: of each client, the number is exact.
TEST_F(Floods, OfManyFilesDoNotCrossClients) {
  constexpr int kFiles = 500;
  constexpr std::uint64_t kTimes = 3 * kRecordsMax / kFiles;
  const std::string of_alice = make_mailbox("alice", kFiles), of_bob = make_mailbox("bob", kFiles);
  watch();
  act({"flood", of_alice, std::to_string(kTimes), "flood", of_bob, std::to_string(2 * kTimes), "flood",
       of_alice, std::to_string(kTimes)});
  const std::vector<Finding> all = findings();
  EXPECT_EQ(reads_in(all, "alice"), 2 * kTimes * kFiles);
  EXPECT_EQ(reads_in(all, "bob"), 2 * kTimes * kFiles);
  EXPECT_EQ(lost(), 0U);
  for (const Finding& finding : all)
    EXPECT_TRUE(finding.access.path.starts_with(domain_ + "/" + finding.verdict.client))
        << finding.access.path;
}

// By processes enough to fill it with their descriptions alone.
TEST_F(Floods, LeaveRoomForWhoIsNew) {
  const std::string mailbox = make_mailbox("alice", 1), other = make_mailbox("bob", 100);
  constexpr int kLives = 3 * SensorOptions{}.ring_bytes / sizeof(pw_process_record);
  const std::string reader = copy_of_actor("reader");
  watch();
  act({"short-lives", std::to_string(kLives), mailbox + "/0"});
  EXPECT_GT(lost(), 0U) << "it was no flood";
  act(reader, {"flood", other, "1"});
  const std::vector<Finding> all = findings();
  EXPECT_EQ(reads_in(all, "bob"), 100U);
  EXPECT_EQ(reads_in(all, "alice") + lost(), static_cast<std::uint64_t>(kLives));
  for (const Finding& finding : all)
    EXPECT_EQ(finding.subject->executable, finding.verdict.client == "bob" ? reader : actor());
}

// Whatever user space makes of the rest: what services may do is not told, also in a flood.
TEST_F(Floods, OfStrangersHideNothingOfThePermitted) {
  const std::string mailbox = make_mailbox("alice", 1), imap = copy_of_actor("imap");
  constexpr std::uint64_t kTimes = 2 * kRecordsMax;
  watch();
  const auto stranger = start(actor(), {"flood", mailbox, std::to_string(kTimes)});
  const auto service = start(imap, {"flood", mailbox, std::to_string(kTimes)});
  EXPECT_EQ(stranger->finish(), 0);
  EXPECT_EQ(service->finish(), 0);
  EXPECT_EQ(reads_in(findings(), "alice"), kTimes);
  EXPECT_EQ(permitted("imap", "read"), kTimes);
  EXPECT_EQ(lost(), 0U);
}

TEST_F(Floods, AreCountedOverReloads) {
  constexpr std::uint64_t kTimes = 10 * kRecordsMax;
  const std::string mailbox = make_mailbox("alice", 1);
  watch();
  const auto flood = start(actor(), {"flood", mailbox, std::to_string(kTimes)});
  for (int i = 0; i < 3 && !flood->has_ended(); ++i) ASSERT_TRUE(reload(usual_policy()));
  while (!flood->has_ended()) agent().drain();
  EXPECT_EQ(flood->finish(), 0);
  EXPECT_EQ(reads_in(findings(), "alice") + lost(), kTimes);
  EXPECT_EQ(lost(), 0U);
}

}  // namespace
}  // namespace purposewatch::testing
