#include "agent/flow/handover.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace purposewatch {
namespace {

std::string names_file(const std::string& directory) {
  return directory + "/names.json";
}

}  // namespace

Handover::Handover(HandoverOptions options) : options_(std::move(options)) {
  if (options_.pins == nullptr) return;
  auto known = read_sensor_names(names_file(options_.directory));
  if (known)
    known_ = std::move(*known);
  else
    spdlog::error("sensor: {}", known.error().message);
}

bool Handover::is_sensor_gone() const {
  return known_ && known_->boot_id == options_.boot_id && !options_.pins->has(known_->pin_name);
}

std::int64_t Handover::last_sign_wall_ns() const {
  std::int64_t last = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(options_.directory, error)) {
    struct stat status {};
    if (stat(file.path().c_str(), &status) == 0)
      last = std::max<std::int64_t>(last, status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec);
  }
  return last;
}

void Handover::begin(std::uint64_t instance) {
  if (options_.pins == nullptr) return;
  auto recent = RecentRecords::open(options_.directory, instance, known_ ? known_->instance : instance);
  if (recent)
    recent_.emplace(std::move(*recent));
  else
    spdlog::error("sensor: {}", recent.error().message);
}

Result<void> Handover::keep_names(SensorNames names) {
  if (options_.pins == nullptr || known_ == names) return {};
  auto written = write_sensor_names(names_file(options_.directory), names);
  if (written) known_ = std::move(names);
  return written;
}

void Handover::remember(std::span<const std::byte> record) {
  if (recent_) recent_->append(record);
}

void Handover::each_left(const std::function<void(std::span<const std::byte>)>& take) const {
  if (recent_) recent_->each(take);
}

std::unordered_set<std::uint64_t> Handover::recorded() const {
  if (!options_.recorded || !known_) return {};
  return options_.recorded(known_->began_boot_ns);
}

void Handover::end_batch(Ring& ring) {
  if (recent_)
    if (auto flushed = recent_->flush(); !flushed) spdlog::error("sensor: {}", flushed.error().message);
  const auto now = Clock::now();
  const std::uint64_t read = ring.read_position();
  if (!options_.pins || !options_.given) return ring.let_go(read);
  if (passed_.empty() ? read != ring.kept_position() : read != passed_.back().position)
    passed_.push_back({read, options_.given(), now});
  const std::uint64_t kept = options_.kept();
  const bool is_short = ring.used_bytes() > ring.size() / 4;  // what is kept there is missing elsewhere
  std::optional<std::uint64_t> position;
  while (!passed_.empty() &&
         (is_short || passed_.front().given <= kept || now - passed_.front().since > kPatience)) {
    position = passed_.front().position;
    passed_.pop_front();
  }
  if (position) ring.let_go(*position);
}

}  // namespace purposewatch
