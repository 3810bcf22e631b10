#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "agent/flow/canary_acts.h"
#include "tests/kernel/actor.h"
#include "tests/kernel/own_network.h"

namespace {

// Actors inherit what is written to: if that is a file, they have one open that is in no store, and what they
// read might be copied to it. So it is written by another process, through a pipe.
void write_through_pipe(int descriptor) {
  struct stat status {};
  int ends[2];
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || pipe(ends) != 0) return;
  if (fork() == 0) {
    close(ends[1]);
    char bytes[4096];
    for (ssize_t length = 0; (length = read(ends[0], bytes, sizeof(bytes))) > 0;)
      if (write(descriptor, bytes, static_cast<std::size_t>(length)) < 0) break;
    _exit(0);
  }
  dup2(ends[1], descriptor);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "act")
    return purposewatch::testing::act(std::vector<std::string>(argv + 2, argv + argc));
  if (argc > 2 && std::string(argv[1]) == "canary") return purposewatch::act_as_canary(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  close_range(STDERR_FILENO + 1, ~0U, 0);  // likewise what else whoever runs us has left open
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) write_through_pipe(descriptor);
  // What tests mount goes with this process, however it ends.
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    std::perror("mounts of tests stay");
  using purposewatch::testing::enter_own_network, purposewatch::testing::take_host_addresses;
  if (!enter_own_network() || !take_host_addresses()) std::perror("no network for tests");
  return RUN_ALL_TESTS();
}
