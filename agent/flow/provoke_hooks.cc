#include "agent/flow/provoke_hooks.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "agent/flow/passed_descriptor.h"
#include "agent/kernel/address.h"
#include "agent/kernel/io_uring.h"

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

// To a name that only we know, which the kernel chooses and which is no file (unix(7), autobind).
void connect_to_oneself(int type) {
  const Descriptor listener(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  const Descriptor caller(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  auto* address = reinterpret_cast<sockaddr*>(&name);
  socklen_t length = sizeof(name.sun_family);
  if (bind(listener.get(), address, length) != 0) return;
  if (type == SOCK_STREAM && listen(listener.get(), 1) != 0) return;
  length = sizeof(name);
  if (getsockname(listener.get(), address, &length) == 0) (void)connect(caller.get(), address, length);
}

// Nobody need listen there.
void ask_for_connection() {
  const Descriptor caller(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in discard = loopback_discard();
  (void)connect(caller.get(), reinterpret_cast<const sockaddr*>(&discard), sizeof(discard));
}

void send_datagram() {
  const Descriptor sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in discard = loopback_discard();
  (void)sendto(sender.get(), "", 0, 0, reinterpret_cast<const sockaddr*>(&discard), sizeof(discard));
}

void read_from_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  const Descriptor here(ends[0]);
  Descriptor(ends[1]).reset();
  char byte = 0;
  (void)!read(here.get(), &byte, 1);
}

// The shortest list there is: what the owner, the group and others may (acl(5), linux/posix_acl_xattr.h).
struct AccessList {
  std::uint32_t version = 2;
  struct Entry {
    std::uint16_t tag, permissions;
    std::uint32_t id;
  } entries[3] = {{1, 6, ~0U}, {4, 4, ~0U}, {32, 0, ~0U}};
};

// Whether the file system supports a change is asked after the hooks: so results do not matter.
void change_attributes(const char* file) {
  constexpr char kAttribute[] = "user.purposewatch", kAccessList[] = "system.posix_acl_access";
  const AccessList list;
  (void)chmod(file, 0600);
  (void)setxattr(file, kAttribute, "", 0, 0);
  (void)removexattr(file, kAttribute);
  (void)setxattr(file, kAccessList, &list, sizeof(list), 0);
  (void)removexattr(file, kAccessList);
}

void make_and_remove_names(const std::string& parent) {
  std::string directory = parent + "/hooks-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return;
  const std::string file = directory + "/file", other = directory + "/other";
  if (mkfifo(file.c_str(), 0600) == 0) {
    if (link(file.c_str(), other.c_str()) == 0) (void)unlink(other.c_str());
    (void)std::rename(file.c_str(), other.c_str());
    (void)unlink(other.c_str());
  }
  if (symlink("nowhere", file.c_str()) == 0) (void)unlink(file.c_str());
  if (const Descriptor made(open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)); made) {
    change_attributes(file.c_str());
    (void)unlink(file.c_str());
  }
  (void)rmdir(directory.c_str());
}

// Whatever file systems there are: in memory there is always one that keeps fine times, and one, /proc, that
// does not. A time that is fine is often late enough already for the next change.
void set_change_times() {
  const Descriptor file(memfd_create("hooks", MFD_CLOEXEC));
  for (int i = 0; i < 100; ++i) (void)fchmod(file.get(), 0600);
  const Descriptor own(open("/proc/thread-self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (own) Descriptor(openat(own.get(), std::to_string(own.get()).c_str(), O_RDONLY | O_CLOEXEC)).reset();
}

void open_through_ring(const char* path) {
  const IoUring ring;
  if (!ring) return;
  Descriptor(ring.run(open_request(path, O_RDONLY | O_CLOEXEC))).reset();
  (void)ring.run(unlink_request("/dev/null/none"));  // which fails, and completes
}

}  // namespace

void provoke_hooks(const std::string& directory) {
  (void)kill(getpid(), SIGURG);  // which is ignored
  const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  send_to_oneself(file);
  open_through_ring("/dev/null");
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) connect_to_oneself(type);
  ask_for_connection();
  send_datagram();
  read_from_pipe();
  make_and_remove_names(directory);
  set_change_times();
  (void)fanotify_mark(-1, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, nullptr);  // which fails
  (void)umount2("", 0);                                                // likewise
  (void)process_vm_readv(getpid(), nullptr, 0, nullptr, 0, 0);
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ) == 0) waitpid(child, nullptr, 0);
}

}  // namespace purposewatch
