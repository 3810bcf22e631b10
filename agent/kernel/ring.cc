#include "agent/kernel/ring.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace purposewatch {
namespace {

std::size_t page_size() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

// libbpf stops after a record for which this is negative, and has consumed it.
int Ring::hand_on(void* consumer, void* data, std::size_t size) {
  auto& self = *static_cast<Consumer*>(consumer);
  self.on_record({static_cast<const std::byte*>(data), size});
  return --self.records_left == 0 ? -ENOSPC : 0;
}

Result<Ring> Ring::open(int map, OnRecord on_record) {
  Ring ring;
  ring.consumer_ = std::make_unique<Consumer>(Consumer{std::move(on_record)});
  ring.buffer_ = ring_buffer__new(map, hand_on, ring.consumer_.get(), nullptr);
  if (ring.buffer_ == nullptr) return fail(fmt::format("cannot open the ring: {}", std::strerror(errno)));
  // The positions stand at the start of the first two pages (kernel/bpf/ringbuf.c).
  const auto page = static_cast<off_t>(page_size());
  void* consumer = mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, map, 0);
  void* producer = mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, map, page);
  if (consumer != MAP_FAILED) ring.consumer_page_ = consumer;
  if (producer != MAP_FAILED) ring.producer_page_ = producer;
  return ring;
}

Ring::Ring(Ring&& other) noexcept
    : consumer_(std::move(other.consumer_)),
      buffer_(std::exchange(other.buffer_, nullptr)),
      consumer_page_(std::exchange(other.consumer_page_, nullptr)),
      producer_page_(std::exchange(other.producer_page_, nullptr)) {}

Ring::~Ring() {
  if (buffer_ != nullptr) ring_buffer__free(buffer_);
  if (consumer_page_ != nullptr) munmap(consumer_page_, page_size());
  if (producer_page_ != nullptr) munmap(producer_page_, page_size());
}

int Ring::descriptor() const {
  return ring_buffer__epoll_fd(buffer_);
}

std::size_t Ring::consume(std::size_t records_max) {
  consumer_->records_left = records_max;
  ring_buffer__consume(buffer_);
  return records_max - consumer_->records_left;
}

std::uint64_t Ring::used_bytes() const {
  if (consumer_page_ == nullptr || producer_page_ == nullptr) return 0;
  const auto consumed = __atomic_load_n(static_cast<const std::uint64_t*>(consumer_page_), __ATOMIC_ACQUIRE);
  const auto produced = __atomic_load_n(static_cast<const std::uint64_t*>(producer_page_), __ATOMIC_ACQUIRE);
  return produced - consumed;
}

}  // namespace purposewatch
