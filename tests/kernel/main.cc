#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/kernel/actor.h"
#include "tests/kernel/own_network.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "act")
    return purposewatch::testing::act(std::vector<std::string>(argv + 2, argv + argc));
  ::testing::InitGoogleTest(&argc, argv);
  // What tests mount goes with this process, however it ends.
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    std::perror("mounts of tests stay");
  using purposewatch::testing::enter_own_network, purposewatch::testing::take_host_addresses;
  if (!enter_own_network() || !take_host_addresses()) std::perror("no network for tests");
  return RUN_ALL_TESTS();
}
