#include "tests/kernel/uring_verbs.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

#include <cerrno>

#include "agent/kernel/io_uring.h"

namespace purposewatch::testing {
namespace {

constexpr std::uint32_t kPlaces = 4;

bool succeeded(int result) {
  if (result < 0) errno = -result;
  return result >= 0;
}

bool read_direct(const IoUring& ring, std::uint32_t place) {
  char byte = 0;
  io_uring_sqe request{};
  request.opcode = IORING_OP_READ;
  request.flags = IOSQE_FIXED_FILE;
  request.fd = static_cast<int>(place);
  request.addr = reinterpret_cast<std::uintptr_t>(&byte);
  request.len = 1;
  return succeeded(ring.run(request));
}

bool open_direct(const std::string& path, bool kernel_chooses) {
  const IoUring ring;
  if (!ring || !ring.make_room_for_files(kPlaces)) return false;
  io_uring_sqe request = open_request(path.c_str(), O_RDONLY);
  const std::uint32_t place = 2;
  request.file_index = kernel_chooses ? IORING_FILE_INDEX_ALLOC : place + 1;
  const int result = ring.run(request);
  return succeeded(result) && read_direct(ring, kernel_chooses ? static_cast<std::uint32_t>(result) : place);
}

bool open_and_close(const IoUring& ring, const io_uring_sqe& request) {
  if (!ring) return false;
  const int result = ring.run(request);
  return succeeded(result) && close(result) == 0;
}

bool open_by_openat2(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY;
  io_uring_sqe request = open_request(path.c_str(), 0);
  request.opcode = IORING_OP_OPENAT2;
  request.len = sizeof(how);
  request.off = reinterpret_cast<std::uintptr_t>(&how);
  return open_and_close(IoUring(), request);
}

io_uring_sqe two_names(std::uint8_t opcode, const std::string& from, const std::string& to) {
  io_uring_sqe request = unlink_request(from.c_str());
  request.opcode = opcode;
  request.len = static_cast<std::uint32_t>(AT_FDCWD);
  request.addr2 = reinterpret_cast<std::uintptr_t>(to.c_str());
  return request;
}

// A request that completes shows that the one before it, which does not, has ended: the two are linked.
bool run_silently(const IoUring& ring, io_uring_sqe request) {
  request.flags |= IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK;
  io_uring_sqe nothing{};
  nothing.opcode = IORING_OP_NOP;
  return succeeded(ring.run(request, nothing));
}

bool set_attribute(const IoUring& ring, const std::string& path) {
  const pid_t value = getpid();
  io_uring_sqe request{};
  request.opcode = IORING_OP_SETXATTR;
  request.addr = reinterpret_cast<std::uintptr_t>("user.purposewatch-test");
  request.addr2 = reinterpret_cast<std::uintptr_t>(&value);
  request.len = sizeof(value);
  request.addr3 = reinterpret_cast<std::uintptr_t>(path.c_str());
  return succeeded(ring.run(request));
}

std::optional<bool> change_through_ring(const std::string& verb, const std::string& path) {
  const IoUring ring;
  if (!ring) return false;
  const std::string renamed = path + ".renamed", linked = path + ".linked";
  io_uring_sqe request = unlink_request(path.c_str());
  if (verb == "ring-unlink") return succeeded(ring.run(request));
  if (verb == "ring-rename") return succeeded(ring.run(two_names(IORING_OP_RENAMEAT, path, renamed)));
  if (verb == "ring-silent-rename") return run_silently(ring, two_names(IORING_OP_RENAMEAT, path, renamed));
  if (verb == "ring-link") return succeeded(ring.run(two_names(IORING_OP_LINKAT, path, linked)));
  if (verb == "ring-setxattr") return set_attribute(ring, path);
  if (verb != "ring-mkdir") return std::nullopt;
  request.opcode = IORING_OP_MKDIRAT;
  request.len = 0700;
  return succeeded(ring.run(request));
}

}  // namespace

bool is_ring_verb(const std::string& verb) {
  return verb.starts_with("ring-");
}

std::optional<bool> act_through_ring(const std::string& verb, const std::string& path) {
  if (const auto changed = change_through_ring(verb, path)) return changed;
  io_uring_sqe request = open_request(path.c_str(), O_RDONLY);
  if (verb == "ring-open") return open_and_close(IoUring(), request);
  if (verb == "ring-openat2") return open_by_openat2(path);
  if (verb == "ring-polled") return open_and_close(IoUring(IORING_SETUP_SQPOLL), request);
  if (verb == "ring-direct") return open_direct(path, false);
  if (verb == "ring-allocated") return open_direct(path, true);
  if (verb != "ring-async") return std::nullopt;
  request.flags = IOSQE_ASYNC;
  return open_and_close(IoUring(), request);
}

}  // namespace purposewatch::testing
