// Repeats: the same access again and again (a program that reads one file in a loop) is told once, and from
// then on as one finding with a count for each half second. What is folded is equal in every byte that the
// kernel sent but its number and time, so nothing can be judged differently or attributed to another client;
// and every access counts in exactly one finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/kernel/decode.h"

namespace purposewatch {

// Accesses to tell as one: `record` is the last of them.
struct Repeated {
  AccessRecord record;
  std::shared_ptr<const Subject> subject;
  std::uint64_t first_boot_ns = 0;
  std::uint64_t count = 0;
};

class Repeats {
 public:
  // True when the access is a repeat of one that was begun: it is counted, and must not be told now.
  bool absorb(const AccessRecord& record);
  // The access has been told; what repeats it from now on is absorbed. Without room, it is just not folded.
  void begin(const AccessRecord& record, std::shared_ptr<const Subject> subject);

  // What has waited long enough, at most so many: the rest next time. Called at least every quarter of a
  // second with the boot time, nothing waits longer than a second.
  std::vector<Repeated> take_due(std::uint64_t now_boot_ns, std::size_t most);
  // Everything, whatever its age.
  std::vector<Repeated> take_all();

 private:
  // With findings of ordinary size some 2 MiB.
  static constexpr std::size_t kAccessesMax = 4096;
  static constexpr std::size_t kPathMax = 512;
  static constexpr std::uint64_t kFoldNs = 500'000'000;
  static constexpr std::uint64_t kLookNs = 50'000'000;

  std::unordered_map<std::uint64_t, Repeated> by_hash_;
  std::uint64_t next_look_ns_ = 0;
};

}  // namespace purposewatch
