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

}  // namespace

bool is_ring_verb(const std::string& verb) {
  return verb.starts_with("ring-");
}

std::optional<bool> open_through_ring(const std::string& verb, const std::string& path) {
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
