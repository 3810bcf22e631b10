// What is done to the agent itself is told, with whoever did it.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>

#include "bpf/abi.h"
#include "sensor.skel.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class AgentGuard : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    watch();
  }

  // Exactly one, by the actor.
  TamperEvent only_one() {
    const std::vector<TamperEvent> told = tampering();
    EXPECT_EQ(told.size(), 1U);
    if (told.size() != 1 || told[0].by == nullptr) return {};
    EXPECT_EQ(told[0].by->executable, actor());
    return told[0];
  }

  static std::string map_number(const char* name) {
    bpf_map_info info{};
    __u32 length = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(agent().sensor().map(name), &info, &length), 0);
    return std::to_string(info.id);
  }
};

TEST_F(AgentGuard, TellsWhoChangesItsProgram) {
  act({"read", own().executable});
  EXPECT_TRUE(tampering().empty());
  act({"append", own().executable});
  const TamperEvent told = only_one();
  EXPECT_EQ(told.what, Tampering::kProgram);
  EXPECT_EQ(told.detail, "write " + own().executable);
  EXPECT_TRUE(findings().empty());
}

TEST_F(AgentGuard, TellsWhoTakesItsStateAwayAndWhoChangesItsPolicy) {
  if (!sees_names()) GTEST_SKIP() << "not seen: names";
  const std::string record = own().state + "/evidence", policy = own().policy[0] + "/mine.yaml";
  std::ofstream(record) << "record";
  std::ofstream(policy) << "policy";
  EXPECT_TRUE(tampering().empty()) << "what the agent does itself";
  act({"unlink", record});
  EXPECT_EQ(only_one().detail, "delete " + record);
  act({"rename", policy, policy + ".off"});
  const TamperEvent told = only_one();
  EXPECT_EQ(told.what, Tampering::kPolicy);
  unlink((policy + ".off").c_str());
}

TEST_F(AgentGuard, WhoChangesWhatIsTheAgentsCarriesNobodysData) {
  act({"read", own().executable, "append", make_file("copy")});
  EXPECT_TRUE(findings().empty());
  EXPECT_TRUE(tampering().empty());
}

TEST_F(AgentGuard, TellsWhoTakesHoldOfItsTables) {
  act({"take-map", map_number("records")});
  EXPECT_EQ(only_one().what, Tampering::kObject);
}

TEST_F(AgentGuard, TellsWhoListsAllProgramsOnce) {
  act({"take-programs"});
  EXPECT_EQ(only_one().what, Tampering::kObject);
}

TEST_F(AgentGuard, TellsWhoOpensItsMemory) {
  if (!sees_memory()) GTEST_SKIP() << "not seen: memory";
  act({"open-memory", std::to_string(getpid())});
  EXPECT_EQ(only_one().what, Tampering::kMemory);
}

TEST_F(AgentGuard, PutsRightWhatSomebodyHasWrittenOverItsVariables) {
  agent().watch_sight();
  ASSERT_TRUE(tampering().empty());
  agent().sensor().skeleton()->bss->generation = 0;  // as by bpf(2): nothing is looked at any more
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::vector<TamperEvent> told;
  for (; told.empty() && std::chrono::steady_clock::now() < deadline; told = tampering())
    agent().watch_sight();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].what, Tampering::kTables);
  act({"read", mail_});
  EXPECT_EQ(finding().access.path, mail_);
}

TEST_F(AgentGuard, TablesThatNeedNotChangeAreFrozen) {
  const __u32 slot = agent().sensor().skeleton()->bss->generation % PW_GENERATIONS;
  __u32 id = 0;
  ASSERT_EQ(bpf_map_lookup_elem(agent().sensor().map("permits"), &slot, &id), 0);
  const Descriptor permits(bpf_map_get_fd_by_id(id));
  ASSERT_TRUE(permits);
  const pw_permit_key key{};
  const pw_permit anything{};
  EXPECT_NE(bpf_map_update_elem(permits.get(), &key, &anything, BPF_ANY), 0);
  EXPECT_EQ(errno, EPERM);
}

}  // namespace
}  // namespace purposewatch::testing
