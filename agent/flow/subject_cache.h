// Subjects by the number under which the kernel described them. The kernel describes a task again at the
// latest 10 s after the last time, so what was not used for longer can go.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "rules/model/subject.h"

namespace purposewatch {

class SubjectCache {
 public:
  void put(std::uint64_t number, std::shared_ptr<const Subject> subject) {
    if (now_.size() >= kGenerationMax) rotate();
    now_[number] = std::move(subject);
  }

  // Null when the number was never seen, or too long ago.
  std::shared_ptr<const Subject> find(std::uint64_t number) {
    if (auto hit = now_.find(number); hit != now_.end()) return hit->second;
    const auto old = before_.find(number);
    if (old == before_.end()) return nullptr;
    std::shared_ptr<const Subject> subject = old->second;
    now_[number] = subject;
    return subject;
  }

  // Call now and then, at most once in 20 s: what was not asked for since the last call but one is dropped.
  void rotate() {
    before_ = std::move(now_);
    now_.clear();
  }

 private:
  static constexpr std::size_t kGenerationMax = 16384;
  std::unordered_map<std::uint64_t, std::shared_ptr<const Subject>> now_, before_;
};

}  // namespace purposewatch
