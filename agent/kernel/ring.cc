#include "agent/kernel/ring.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace purposewatch {

// kernel/bpf/ringbuf.c: a page with the consumer's position, a page with the producer's, the data, and the
// data again, so that no record has a seam. Only the first one may be written to.
Ring::Pages::Pages(int map, std::size_t offset, std::size_t size, int protection) : size_(size) {
  void* at = mmap(nullptr, size, protection, MAP_SHARED, map, static_cast<off_t>(offset));
  if (at != MAP_FAILED) at_ = static_cast<std::byte*>(at);
}

Ring::Pages::~Pages() {
  if (at_ != nullptr) munmap(at_, size_);
}

Ring::Pages::Pages(Pages&& other) noexcept : at_(std::exchange(other.at_, nullptr)), size_(other.size_) {}

Ring::Pages& Ring::Pages::operator=(Pages&& other) noexcept {
  std::swap(at_, other.at_);
  std::swap(size_, other.size_);
  return *this;
}

Result<Ring> Ring::open(int map, OnRecord on_record) {
  bpf_map_info info{};
  __u32 length = sizeof(info);
  if (bpf_obj_get_info_by_fd(map, &info, &length) != 0)
    return fail(fmt::format("cannot look at the ring: {}", std::strerror(errno)));
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  Ring ring;
  ring.map_ = map;
  ring.on_record_ = std::move(on_record);
  ring.consumer_ = Pages(map, 0, page, PROT_READ | PROT_WRITE);
  ring.producer_ = Pages(map, page, page + 2 * std::size_t{info.max_entries}, PROT_READ);
  if (!ring.consumer_ || !ring.producer_)
    return fail(fmt::format("cannot open the ring: {}", std::strerror(errno)));
  ring.data_ = ring.producer_.get() + page;
  ring.mask_ = info.max_entries - 1;
  ring.read_ = ring.let_go_ = ring.kept_position();
  return ring;
}

std::uint64_t Ring::end_position() const {
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(producer_.get()), __ATOMIC_ACQUIRE);
}

std::uint64_t Ring::kept_position() const {
  return __atomic_load_n(consumer_position(), __ATOMIC_ACQUIRE);
}

std::uint64_t Ring::used_bytes() const {
  const std::uint64_t kept = kept_position();
  return end_position() - kept;  // read second: the first one never passes it
}

// A record is its length, with two flags, four bytes for the kernel, and what was written; all in multiples
// of eight bytes.
std::size_t Ring::read(std::size_t records_max) {
  constexpr std::uint32_t kFlags = BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT;
  const std::uint64_t end = end_position();
  std::size_t records = 0;
  if (const std::uint64_t kept = kept_position(); kept != let_go_) {
    has_rival_ = true;
    let_go_ = kept;
    read_ = std::max(read_, kept);
  }
  while (read_ < end && records < records_max) {
    const std::byte* const header = data_ + (read_ & mask_);
    const std::uint32_t word =
        __atomic_load_n(reinterpret_cast<const std::uint32_t*>(header), __ATOMIC_ACQUIRE);
    if ((word & BPF_RINGBUF_BUSY_BIT) != 0) break;  // it is still being written
    const std::uint32_t length = word & ~kFlags;
    if ((word & BPF_RINGBUF_DISCARD_BIT) == 0) {
      on_record_({header + BPF_RINGBUF_HDR_SZ, length});
      ++records;
    }
    read_ += (BPF_RINGBUF_HDR_SZ + std::uint64_t{length} + 7) / 8 * 8;
  }
  return records;
}

void Ring::let_go(std::uint64_t position) {
  let_go_ = position;
  __atomic_store_n(consumer_position(), position, __ATOMIC_RELEASE);
}

}  // namespace purposewatch
