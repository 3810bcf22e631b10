#include "agent/flow/canary_acts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "agent/flow/passed_descriptor.h"
#include "agent/flow/provoke_hooks.h"
#include "agent/kernel/io_uring.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

Descriptor open_file(const char* name, int flags) {
  return Descriptor(open(name, flags | O_CLOEXEC, 0600));
}

void make(const char* name) {
  open_file(name, O_WRONLY | O_CREAT | O_EXCL).reset();
}

// A child opens the file; only what it sends of that is the parent's.
void receive(const char* name) {
  make(name);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  const Descriptor here(ends[0]), there(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    (void)send_descriptor(there.get(), open_file(name, O_RDONLY).get());
    _exit(0);
  }
  if (child < 0 || waitpid(child, nullptr, 0) != child) return;
  (void)receive_descriptor(here.get());
}

void read_through_ring(const char* name) {
  make(name);
  const IoUring ring;
  if (ring) Descriptor(ring.run(open_request(name, O_RDONLY | O_CLOEXEC))).reset();
}

void connect_here(const char* name) {
  const Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Descriptor caller(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, name, sizeof(address.sun_path) - 1);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  if (bind(listener.get(), raw, sizeof(address)) == 0 && listen(listener.get(), 1) == 0)
    (void)connect(caller.get(), raw, sizeof(address));
}

void list_here() {
  if (DIR* directory = opendir(".")) closedir(directory);
}

}  // namespace

int act_as_canary(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 || chdir(directory.c_str()) != 0) {
    std::perror(directory.c_str());
    return 1;
  }
  make("file");
  open_file("file", O_RDONLY).reset();
  open_file("file", O_WRONLY).reset();
  list_here();
  (void)chmod("file", 0400);
  (void)std::rename("file", "renamed");
  receive("passed");
  read_through_ring("ring");
  connect_here("socket");
  provoke_hooks(directory);
  for (const char* name : {"renamed", "passed", "ring", "socket"}) (void)unlink(name);
  (void)rmdir(directory.c_str());
  return 0;
}

}  // namespace purposewatch
