#include "agent/daemon/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "rules/base/descriptor.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// The socket that systemd hands to its services, with us at its end.
class ServiceManagerTest : public testing::Test {
 protected:
  ServiceManagerTest() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const std::string path = dir_ / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    setenv("WATCHDOG_USEC", "4000000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  }
  ~ServiceManagerTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }

  // What was said since the last call, one entry a message.
  std::vector<std::string> said() const {
    std::vector<std::string> messages;
    char buffer[4096];
    for (ssize_t count = 0; (count = recv(socket_.get(), buffer, sizeof(buffer), 0)) > 0;)
      messages.emplace_back(buffer, static_cast<std::size_t>(count));
    return messages;
  }

  // One turn of the loop, so long after the start.
  void turn(ServiceManager& manager, milliseconds after, bool moves = true) const {
    manager.tend(start_ + after, moves, [this] { return look_; });
  }

  TempDir dir_;
  Descriptor socket_;
  const ServiceManager::Clock::time_point start_ = ServiceManager::Clock::now();
  ServiceManager::Look look_{"hook file_open has not fired yet", "watching by lsm: policy p 1"};
};

TEST_F(ServiceManagerTest, IsToldReadyOnceNothingIsMissing) {
  unsetenv("WATCHDOG_USEC");
  ServiceManager manager;
  turn(manager, seconds(0));
  EXPECT_THAT(said(), ElementsAre("STATUS=not ready: hook file_open has not fired yet\n"));
  turn(manager, seconds(59));
  EXPECT_THAT(said(), IsEmpty());
  look_.why_not_ready = "";
  turn(manager, milliseconds(59'200));
  EXPECT_THAT(said(), ElementsAre("STATUS=watching by lsm: policy p 1\nREADY=1\n"));
  look_.why_not_ready = "hook file_open is not attached:\nno";
  turn(manager, seconds(70));
  EXPECT_THAT(said(), ElementsAre("STATUS=not ready: hook file_open is not attached: no\n"))
      << "but it stays started";
}

TEST_F(ServiceManagerTest, IsNotLeftToKillAnAgentThatSeesNearlyAll) {
  unsetenv("WATCHDOG_USEC");
  ServiceManager manager(seconds(60));
  turn(manager, seconds(0));
  (void)said();
  turn(manager, milliseconds(59'999));
  EXPECT_THAT(said(), IsEmpty());
  turn(manager, milliseconds(60'100));
  EXPECT_THAT(said(), ElementsAre("READY=1\n")) << "with what is missing as its status";
}

TEST_F(ServiceManagerTest, HearsOfMovementSeveralTimesATimeoutAndOnlyWhenThereIsSome) {
  look_.why_not_ready = "";
  ServiceManager manager;
  turn(manager, seconds(0));
  EXPECT_THAT(said(), ElementsAre("WATCHDOG=1", "STATUS=watching by lsm: policy p 1\nREADY=1\n"));
  turn(manager, milliseconds(999));
  EXPECT_THAT(said(), IsEmpty());
  turn(manager, milliseconds(1000));
  EXPECT_THAT(said(), ElementsAre("WATCHDOG=1"));
  turn(manager, seconds(3), false);
  EXPECT_THAT(said(), IsEmpty()) << "the loop turns, but what the kernel sends is not read";
  turn(manager, milliseconds(3001));
  EXPECT_THAT(said(), ElementsAre("WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, OfAnotherProcessIsNotFed) {
  look_.why_not_ready = "";
  setenv("WATCHDOG_PID", "1", 1);
  ServiceManager manager;
  turn(manager, seconds(0));
  EXPECT_THAT(said(), ElementsAre("STATUS=watching by lsm: policy p 1\nREADY=1\n"));
}

TEST_F(ServiceManagerTest, KnowsOfReloadsOnceTheStartIsOver) {
  unsetenv("WATCHDOG_USEC");
  ServiceManager manager;
  turn(manager, seconds(0));
  (void)said();
  { const auto reload = manager.reload(5'000'000); }
  EXPECT_THAT(said(), IsEmpty()) << "READY would end the start";
  look_.why_not_ready = "";
  turn(manager, seconds(1));
  (void)said();
  {
    const auto reload = manager.reload(5'000'000);
    EXPECT_THAT(said(), ElementsAre("RELOADING=1\nMONOTONIC_USEC=5000\n"));
  }
  EXPECT_THAT(said(), ElementsAre("READY=1\n"));
  manager.stops();
  EXPECT_THAT(said(), ElementsAre("STOPPING=1\nSTATUS=ending\n"));
}

TEST_F(ServiceManagerTest, ThatIsNotThereIsToldNothing) {
  unsetenv("NOTIFY_SOCKET");
  ServiceManager manager;
  manager.tend(start_, true, []() -> ServiceManager::Look {
    ADD_FAILURE() << "why look?";
    return {};
  });
  manager.stops();
  EXPECT_THAT(said(), IsEmpty());
}

}  // namespace
}  // namespace purposewatch
