#include "agent/kernel/io_uring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace purposewatch {

IoUring::IoUring(std::uint32_t flags) {
  parameters_.flags = flags;
  ring_ = Descriptor(static_cast<int>(syscall(SYS_io_uring_setup, 2, &parameters_)));
  if (!ring_) return;
  // Since 5.4 one mapping holds both queues.
  queues_size_ =
      std::max<std::size_t>(parameters_.sq_off.array + parameters_.sq_entries * sizeof(std::uint32_t),
                            parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe));
  void* queues =
      mmap(nullptr, queues_size_, PROT_READ | PROT_WRITE, MAP_SHARED, ring_.get(), IORING_OFF_SQ_RING);
  if (queues != MAP_FAILED) queues_ = queues;
  void* requests = mmap(nullptr, parameters_.sq_entries * sizeof(io_uring_sqe), PROT_READ | PROT_WRITE,
                        MAP_SHARED, ring_.get(), IORING_OFF_SQES);
  if (requests != MAP_FAILED) requests_ = static_cast<io_uring_sqe*>(requests);
}

IoUring::~IoUring() {
  if (requests_ != nullptr) munmap(requests_, parameters_.sq_entries * sizeof(io_uring_sqe));
  if (queues_ != nullptr) munmap(queues_, queues_size_);
}

bool IoUring::make_room_for_files(std::uint32_t count) const {
  const std::vector<int> empty(count, -1);
  return syscall(SYS_io_uring_register, ring_.get(), IORING_REGISTER_FILES, empty.data(), count) == 0;
}

void IoUring::put(const io_uring_sqe& request) const {
  const std::uint32_t tail = *word(parameters_.sq_off.tail);
  const std::uint32_t slot = tail & *word(parameters_.sq_off.ring_mask);
  requests_[slot] = request;
  word(parameters_.sq_off.array)[slot] = slot;
  __atomic_store_n(word(parameters_.sq_off.tail), tail + 1, __ATOMIC_SEQ_CST);
}

int IoUring::run(const io_uring_sqe& request) const {
  put(request);
  return wait_for_one(1);
}

int IoUring::run(const io_uring_sqe& silent, const io_uring_sqe& request) const {
  put(silent);
  put(request);
  return wait_for_one(2);
}

int IoUring::wait_for_one(std::uint32_t to_submit) const {
  std::uint32_t flags = IORING_ENTER_GETEVENTS;
  if (__atomic_load_n(word(parameters_.sq_off.flags), __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
    flags |= IORING_ENTER_SQ_WAKEUP;
  const std::uint32_t head = *word(parameters_.cq_off.head);
  while (__atomic_load_n(word(parameters_.cq_off.tail), __ATOMIC_ACQUIRE) == head) {
    if (syscall(SYS_io_uring_enter, ring_.get(), to_submit, 1, flags, nullptr, 0) >= 0)
      to_submit = 0;
    else if (errno != EINTR)
      return -errno;
  }
  const auto* completions =
      reinterpret_cast<const io_uring_cqe*>(static_cast<const std::byte*>(queues_) + parameters_.cq_off.cqes);
  const int result = completions[head & *word(parameters_.cq_off.ring_mask)].res;
  __atomic_store_n(word(parameters_.cq_off.head), head + 1, __ATOMIC_RELEASE);
  return result;
}

namespace {

io_uring_sqe request_about(std::uint8_t opcode, const char* path) {
  io_uring_sqe request{};
  request.opcode = opcode;
  request.fd = AT_FDCWD;
  request.addr = reinterpret_cast<std::uintptr_t>(path);
  return request;
}

}  // namespace

io_uring_sqe open_request(const char* path, int flags) {
  io_uring_sqe request = request_about(IORING_OP_OPENAT, path);
  request.open_flags = static_cast<std::uint32_t>(flags);
  return request;
}

io_uring_sqe unlink_request(const char* path) {
  return request_about(IORING_OP_UNLINKAT, path);
}

}  // namespace purposewatch
