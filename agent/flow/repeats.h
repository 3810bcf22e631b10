// Repeats: the same access again and again (a program that reads one file in a loop) is told once. From then
// on the kernel counts it (bpf/folds.h), and what it has counted is told as one finding with a count for each
// half second. Here stands what was told, for as long as the kernel may count with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "agent/kernel/decode.h"
#include "agent/kernel/folds.h"
#include "rules/model/subject.h"

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
  void remember(const AccessRecord& record, std::shared_ptr<const Subject> subject);
  // The accesses that the kernel counted with one that is remembered, as that one goes on to be; nothing when
  // it is not known.
  std::optional<Repeated> take(const Fold& fold);
  // After all that was counted in one of the kernel's tables: of what was remembered before the table that is
  // in use now, only what was taken in this round stays until the next call.
  void end_round();

 private:
  // The kernel counts with no more; those of a moment between two tables come to a few more.
  static constexpr std::size_t kRememberedMax = 2 * Folds::kFoldsMax;

  struct Told {
    AccessRecord record;
    std::shared_ptr<const Subject> subject;
  };
  std::unordered_map<std::uint64_t, Told> now_, before_;  // by sequence
};

}  // namespace purposewatch
