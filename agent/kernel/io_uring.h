// An io_uring of one completion at a time.
#pragma once

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>

#include "rules/base/descriptor.h"

namespace purposewatch {

class IoUring {
 public:
  // With IORING_SETUP_* flags. Check it: io_uring may be forbidden (kernel.io_uring_disabled) or absent.
  explicit IoUring(std::uint32_t flags = 0);
  ~IoUring();
  IoUring(const IoUring&) = delete;
  IoUring& operator=(const IoUring&) = delete;
  explicit operator bool() const {
    return static_cast<bool>(ring_) && queues_ != nullptr && requests_ != nullptr;
  }

  static bool is_allowed() { return static_cast<bool>(IoUring()); }

  // Room for so many direct descriptors. False with errno when refused.
  bool make_room_for_files(std::uint32_t count) const;
  // Submits a request, and waits for its completion: its result, a negative error number when it failed.
  int run(const io_uring_sqe& request) const;
  // Two together, of which the first one completes only when it fails.
  int run(const io_uring_sqe& silent, const io_uring_sqe& request) const;

 private:
  void put(const io_uring_sqe& request) const;
  int wait_for_one(std::uint32_t to_submit) const;
  std::uint32_t* word(std::uint32_t offset) const {
    return reinterpret_cast<std::uint32_t*>(static_cast<std::byte*>(queues_) + offset);
  }

  Descriptor ring_;
  io_uring_params parameters_{};
  void* queues_ = nullptr;
  std::size_t queues_size_ = 0;
  io_uring_sqe* requests_ = nullptr;
};

// Requests, for run().
io_uring_sqe open_request(const char* path, int flags);
io_uring_sqe unlink_request(const char* path);

}  // namespace purposewatch
