// The ring: bytes of records, in the order in which the kernel reserved them. What was read stays in it until
// that is let go, so that nothing is lost with a reader that ends before it has passed on what it read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

class Ring {
 public:
  using OnRecord = std::function<void(std::span<const std::byte>)>;

  // map: descriptor of the ring's map, not owned. on_record is called from read(). Begins at the oldest
  // record that was not let go, also by another reader.
  static Result<Ring> open(int map, OnRecord on_record);

  // Readable, edge-triggered (EPOLLET), when the kernel has sent a wake-up. It sends at most one per CPU and
  // 5 ms: after one, call read() every few milliseconds until nothing came for a while.
  int descriptor() const { return map_; }
  // Hands on what is there and was not read yet, at most so many records; returns how many it was.
  std::size_t read(std::size_t records_max);
  // The kernel may write over what is before this position.
  void let_go(std::uint64_t position);

  // Somebody else has read records since the last call: what these were, nobody here knows.
  bool take_rival() { return std::exchange(has_rival_, false); }

  // Positions in all that was ever written; the next two are thread-safe.
  std::uint64_t read_position() const { return read_; }
  std::uint64_t end_position() const;
  std::uint64_t kept_position() const;              // what is before it was let go
  std::uint64_t used_bytes() const;                 // not let go yet
  std::uint64_t size() const { return mask_ + 1; }  // bytes

 private:
  class Pages {
   public:
    Pages() = default;
    Pages(int map, std::size_t offset, std::size_t size, int protection);
    ~Pages();
    Pages(Pages&& other) noexcept;
    Pages& operator=(Pages&& other) noexcept;
    explicit operator bool() const { return at_ != nullptr; }
    std::byte* get() const { return at_; }

   private:
    std::byte* at_ = nullptr;
    std::size_t size_ = 0;
  };

  Ring() = default;
  std::uint64_t* consumer_position() const { return reinterpret_cast<std::uint64_t*>(consumer_.get()); }

  int map_ = -1;
  OnRecord on_record_;
  Pages consumer_, producer_;  // the second one with the data behind it, twice
  const std::byte* data_ = nullptr;
  std::uint64_t mask_ = 0;
  std::uint64_t read_ = 0, let_go_ = 0;
  bool has_rival_ = false;
};

}  // namespace purposewatch
