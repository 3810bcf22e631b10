#include "agent/flow/repeats.h"

#include <utility>

namespace purposewatch {

void Repeats::remember(const AccessRecord& record, std::shared_ptr<const Subject> subject) {
  if (now_.size() < kRememberedMax) now_.try_emplace(record.sequence, Told{record, std::move(subject)});
}

std::optional<Repeated> Repeats::take(const Fold& fold) {
  if (auto old = before_.extract(fold.told)) now_.insert(std::move(old));
  const auto told = now_.find(fold.told);
  if (told == now_.end()) return std::nullopt;
  Repeated repeated{told->second.record, told->second.subject, fold.first_boot_ns, fold.count};
  repeated.record.sequence = fold.last_sequence;
  repeated.record.boot_ns = fold.last_boot_ns;
  return repeated;
}

void Repeats::end_round() {
  before_ = std::exchange(now_, {});
}

}  // namespace purposewatch
