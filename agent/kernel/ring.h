// The ring: bytes of records, in the order in which the kernel reserved them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "rules/base/result.h"

struct ring_buffer;

namespace purposewatch {

class Ring {
 public:
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  // map: descriptor of the ring's map, not owned. on_record is called from consume().
  static Result<Ring> open(int map, OnRecord on_record);
  ~Ring();
  Ring(Ring&&) noexcept;
  Ring& operator=(Ring&&) = delete;

  // Readable when the kernel has sent a wake-up. It sends at most one per CPU and 5 ms: after one, call
  // consume() every few milliseconds until nothing came for a while.
  int descriptor() const;
  // Hands on what is there, at most so many records; returns how many it was.
  std::size_t consume(std::size_t records_max);
  std::uint64_t used_bytes() const;  // thread-safe

 private:
  struct Consumer {
    OnRecord on_record;
    std::size_t records_left = 0;
  };
  static int hand_on(void* consumer, void* data, std::size_t size);

  Ring() = default;
  std::unique_ptr<Consumer> consumer_;  // at an address that stays: libbpf knows it
  ring_buffer* buffer_ = nullptr;
  void* consumer_page_ = nullptr;
  void* producer_page_ = nullptr;
};

}  // namespace purposewatch
