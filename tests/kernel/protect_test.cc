// What would harm an agent that is protected is refused, and told, until it is unlocked.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "agent/kernel/inode_key.h"
#include "sensor.skel.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class ProtectedAgent : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    watch();
    if (!agent().sensor().protects()) GTEST_SKIP() << "only the backend lsm can refuse anything";
    lock();
  }
  void TearDown() override {
    unlock();
    MailTest::TearDown();
  }

  static void lock() { agent().unlock_until(0, "test"); }
  static void unlock() { agent().unlock_until(kUnlocked, "test"); }

  // Tried, it fails, and is told as refused; unlocked, it works, and is told all the same.
  void is_refused(const std::vector<std::string>& words, Tampering what) {
    (void)tampering();
    EXPECT_NE(try_to_act(actor(), words), 0) << words[0];
    expect_told(words[0], what, true);
  }
  void is_let(const std::vector<std::string>& words, Tampering what) {
    unlock();
    (void)tampering();
    act(words);
    expect_told(words[0], what, false);
    lock();
  }
  void is_refused_until_unlocked(const std::vector<std::string>& words, Tampering what) {
    is_refused(words, what);
    is_let(words, what);
  }

 private:
  void expect_told(const std::string& verb, Tampering what, bool is_refused) {
    const std::vector<TamperEvent> told = tampering();
    ASSERT_FALSE(told.empty()) << verb;
    for (const TamperEvent& event : told) {
      EXPECT_EQ(event.what, what) << verb;
      EXPECT_EQ(event.is_refused, is_refused) << verb;
      ASSERT_NE(event.by, nullptr) << verb;
      EXPECT_EQ(event.by->executable, actor()) << verb;
    }
  }
};

TEST_F(ProtectedAgent, IsNotKilled) {
  is_refused({"end", std::to_string(getpid())}, Tampering::kSignal);
  EXPECT_EQ(kill(getpid(), SIGURG), 0) << "what it does to itself is its own affair";
}

TEST_F(ProtectedAgent, KeepsItsMemoryToItself) {
  is_refused_until_unlocked({"open-memory", std::to_string(getpid())}, Tampering::kMemory);
}

TEST_F(ProtectedAgent, KeepsItsTablesProgramsAndLinks) {
  bpf_map_info map{};
  __u32 length = sizeof(map);
  ASSERT_EQ(bpf_obj_get_info_by_fd(agent().sensor().map("records"), &map, &length), 0);
  is_refused_until_unlocked({"take-map", std::to_string(map.id)}, Tampering::kObject);
  is_refused({"take-programs"}, Tampering::kObject);
  __u32 link = 0;
  while (bpf_link_get_next_id(link, &link) == 0) {
    const Descriptor ours(bpf_link_get_fd_by_id(link));  // the agent's own call
    bpf_link_info info{};
    length = sizeof(info);
    if (ours && bpf_obj_get_info_by_fd(ours.get(), &info, &length) == 0 && info.type == BPF_LINK_TYPE_TRACING)
      break;
  }
  is_refused_until_unlocked({"take-link", std::to_string(link)}, Tampering::kObject);
}

TEST_F(ProtectedAgent, KeepsItsFilesAsTheyAre) {
  const std::string record = own().state + "/evidence";
  std::ofstream(record) << "record";
  is_refused({"unlink", record}, Tampering::kState);
  is_refused({"append", record}, Tampering::kState);
  is_refused({"truncate", record}, Tampering::kState);
  is_refused({"chmod", record}, Tampering::kState);
  is_refused({"rename", record, record + ".gone"}, Tampering::kState);
  is_refused({"symlink", own().policy[0] + "/mask"}, Tampering::kPolicy);
  is_refused({"append", own().executable}, Tampering::kProgram);
  act({"read", record});
  EXPECT_TRUE(tampering().empty()) << "it may be looked at";
  std::ifstream file(record);
  std::string content;
  EXPECT_TRUE(std::getline(file, content));
  EXPECT_EQ(content, "record");
  is_let({"unlink", record}, Tampering::kState);
}

TEST_F(ProtectedAgent, IsNotBlinded) {
  if (access("/proc/sys/kernel/ftrace_enabled", F_OK) != 0) GTEST_SKIP() << "this kernel has no such switch";
  is_refused_until_unlocked({"open-switch"}, Tampering::kSetting);
}

TEST_F(ProtectedAgent, StaysPinned) {
  const std::string place = make_directory("bpf");
  ASSERT_EQ(mount("none", place.c_str(), "bpf", 0, nullptr), 0);
  struct stat status {};
  ASSERT_EQ(stat(place.c_str(), &status), 0);
  agent().sensor().skeleton()->bss->pins_device = kernel_device(status.st_dev);
  is_refused_until_unlocked({"unmount", place}, Tampering::kPins);
  agent().sensor().skeleton()->bss->pins_device = 0;
  (void)umount2(place.c_str(), MNT_DETACH);
}

TEST_F(ProtectedAgent, LetsServicesSetTheClock) {
  (void)tampering();
  act({"set-clock"});  // nobody has logged in here
  const std::vector<TamperEvent> told = tampering();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].what, Tampering::kClock);
  EXPECT_FALSE(told[0].is_refused);
  if (std::ofstream login("/proc/self/loginuid"); !(login << "1000" << std::flush))
    GTEST_SKIP() << "this kernel does not let people log in";
  is_refused({"set-clock"}, Tampering::kClock);
}

TEST_F(ProtectedAgent, LeavesAlonePeoplesOwnFilesAndProcesses) {
  (void)tampering();
  const std::string notes = make_file("notes");
  act({"append", notes, "rename", notes, notes + ".old", "read", mail_, "append", mail_});
  EXPECT_EQ(findings().size(), 2U);
}

TEST_F(ProtectedAgent, RefusesNothingOnceItIsGone) {
  __u32& living = agent().sensor().skeleton()->bss->agent_tgid;
  living = 0;  // as on_process_exit leaves it
  const std::string record = own().state + "/evidence";
  std::ofstream(record) << "record";
  act({"unlink", record});
  living = static_cast<__u32>(getpid());
}

}  // namespace
}  // namespace purposewatch::testing
