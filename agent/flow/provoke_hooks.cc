#include "agent/flow/provoke_hooks.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/flow/passed_descriptor.h"

extern char** environ;

namespace purposewatch {
namespace {

// Over a unix socket: a descriptor received.
void send_to_oneself(const Descriptor& file) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  const Descriptor here(ends[0]), there(ends[1]);
  if (send_descriptor(here.get(), file.get())) (void)receive_descriptor(there.get());
}

}  // namespace

void provoke_hooks() {
  const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  send_to_oneself(file);
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ) == 0) waitpid(child, nullptr, 0);
}

}  // namespace purposewatch
