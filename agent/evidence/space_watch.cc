#include "agent/evidence/space_watch.h"

#include <array>

namespace purposewatch {
namespace {

constexpr std::array<std::string_view, 3> kStages = {"ok", "75", "90"};
constexpr std::array<double, 3> kReachedAt = {0, 0.75, 0.90};
constexpr double kSlack = 0.02;

}  // namespace

std::optional<std::string_view> SpaceWatch::look(const Storage::Space& space) {
  if (space.total_bytes == 0) return std::nullopt;
  const double used = 1 - static_cast<double>(space.free_bytes) / static_cast<double>(space.total_bytes);
  const int before = stage_;
  while (stage_ < 2 && used >= kReachedAt[static_cast<std::size_t>(stage_) + 1]) ++stage_;
  while (stage_ > 0 && used < kReachedAt[static_cast<std::size_t>(stage_)] - kSlack) --stage_;
  if (stage_ == before) return std::nullopt;
  return kStages[static_cast<std::size_t>(stage_)];
}

}  // namespace purposewatch
