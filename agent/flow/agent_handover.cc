// How an agent goes on where the one before ended: with its sensor, when that is of this build; else with
// what that one still has to tell, until its own has taken its place.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "agent/flow/agent.h"
#include "agent/kernel/backend.h"
#include "agent/kernel/clock.h"

namespace purposewatch {
namespace {

// Between the numbers of two sensors, so that none is given twice while both are attached.
constexpr std::uint64_t kNumbersApart = std::uint64_t{1} << 20;

}  // namespace

// Before a policy is in force.
void Agent::begin_after_another(const std::shared_ptr<const RuleSet>& rules) {
  const auto known = handover_->known();
  if (known && handover_->is_sensor_gone()) {
    absence_ = TamperEvent{.what = Tampering::kSensorGone,
                           .detail = {},
                           .by = nullptr,
                           .wall_ns = handover_->last_sign_wall_ns(),
                           .until_wall_ns = clock_ns(CLOCK_REALTIME)};
    tally_.count(Tampering::kSensorGone);
    tally_.count_absence();
    spdlog::error("the sensor that was left in the kernel is gone: what happened since then is not known");
  }
  if (known && !sensor_->is_taken_over()) find_predecessor(*known);
  handover_->begin(sensor_->instance());
  if (!sensor_->is_taken_over() && !predecessor_) return;
  tally_.expect(*rules);
  program_numbers_.restore(known->programs, known->scripts);
  slots_->restore(known->counters);
  for (const auto& [inode, path] : known->marks) (void)marks_->learn(inode, path);
  tables_->take_over(known->generations, known->stores, rules);
  pipeline_->recall_told(handover_->recorded());
  handover_->each_left([this](auto bytes) { pipeline_->recall(bytes); });
  if (predecessor_)
    read_predecessor();
  else
    go_on();
}

// What happened meanwhile is in the ring, in order, after what the agent before had read and not kept. It is
// judged by the policy that is in force now.
void Agent::go_on() {
  lost_before_ = sensor_->told_lost();
  missed_before_ = sensor_->told_missed();
  const auto before = folds_->take_over();
  if (!before) spdlog::error("{}", before.error().message);
  const std::uint64_t end = ring_->end_position();
  while (ring_->read_position() < end) drain();
  if (before) pipeline_->take_folds(*before);
  finish();
  pipeline_->recall_told({});
  const SensorCounts counts = sensor_->counts();
  seen_before_ = counts.seen - std::min(counts.seen, counts.lost - lost_before_ + tally_.accounted());
  spdlog::info("went on with the sensor of the agent before");
}

void Agent::find_predecessor(const SensorNames& known) {
  if (known.pin_name == sensor_->pin_name() || !handover_->pins()->has(known.pin_name)) return;
  auto predecessor = Predecessor::open(*handover_->pins(), known.pin_name);
  if (!predecessor) {
    spdlog::error("{}", predecessor.error().message);
    return tally_.count_absence();
  }
  if (known.interface != kernel_interface_digest()) {
    const std::uint64_t last = predecessor->variable("last_sequence").value_or(1);  // at least one may be
    spdlog::error("the sensor {} speaks another language: what it has not told yet is lost", known.pin_name);
    return tally_.count_unreadable(last - std::min(last, predecessor->variable("told_sequence").value_or(0)));
  }
  predecessor_ = std::make_unique<Predecessor>(std::move(*predecessor));
  sensor_->number_from(predecessor_->variable("last_subject").value_or(0) + kNumbersApart,
                       predecessor_->variable("last_sequence").value_or(0) + kNumbersApart);
  auto ring = Ring::open(predecessor_->ring(), [this](auto bytes) { pipeline_->take(bytes); });
  if (ring) return predecessor_ring_.emplace(std::move(*ring)), void();
  spdlog::error("{}", ring.error().message);
  predecessor_.reset();
  tally_.count_absence();
}

void Agent::read_predecessor() {
  const std::uint64_t end = predecessor_ring_->end_position();
  while (predecessor_ring_->read_position() < end) {
    pipeline_->begin_batch();
    if (predecessor_ring_->read(kRecordsAtOnce) == 0) break;
    pipeline_->end_batch();
    predecessor_ring_->let_go(predecessor_ring_->read_position());
  }
}

// Its own sensor tells from now on.
void Agent::silence_predecessor() {
  if (!predecessor_) return;
  if (auto silenced = predecessor_->silence(); !silenced) spdlog::error("{}", silenced.error().message);
}

// A policy is in force, and the own sensor stays. What the one before has to tell until its end follows, and
// sensors that nobody knows of any more go with it.
void Agent::end_predecessors() {
  const Pins* pins = handover_->pins();
  if (pins == nullptr) return;
  if (predecessor_) {
    if (auto ended = predecessor_->end(*pins); !ended) spdlog::error("{}", ended.error().message);
    read_predecessor();
    pipeline_->take_folds(predecessor_->folds());
    pipeline_->recall_told({});
    const std::vector<CounterLabel>& labels = slots_->labels();
    const auto permitted = predecessor_->permitted_counts(labels.size());
    for (std::size_t slot = 0; slot < labels.size(); ++slot)
      if (permitted[slot] != 0 && !is_own_store(labels[slot].store))
        tally_.recall_permitted(labels[slot].store, labels[slot].service, labels[slot].purpose,
                                labels[slot].kind, permitted[slot]);
    const std::uint64_t told = tally_.accounted();
    seen_before_ = std::uint64_t{0} - told;
    spdlog::info("took the place of the sensor of another build");
    predecessor_ring_.reset();
    predecessor_.reset();
  }
  for (const std::string& sensor : pins->sensors())
    if (sensor != sensor_->pin_name())
      if (auto removed = pins->remove(sensor); !removed) spdlog::error("{}", removed.error().message);
}

void Agent::note_told(const std::vector<StageLoss>& lost) const {
  const auto value = [&](std::string_view stage) {
    const auto found = std::ranges::find(lost, stage, &StageLoss::stage);
    return found == lost.end() ? 0 : found->value;
  };
  sensor_->note_told_losses(lost_before_ + value("ring"), missed_before_ + value("recursion"));
}

void Agent::keep_names() {
  keep_names_with(nullptr);
}

// With those of a policy that is to be in force next, before the kernel knows of any of them.
void Agent::keep_names_with(const CompiledPolicy* next) {
  if (handover_->pins() == nullptr) return;
  SensorNames names;
  names.instance = sensor_->instance();
  names.pin_name = sensor_->pin_name();
  names.interface = kernel_interface_digest();
  names.boot_id = handover_->boot_id();
  const auto& known = handover_->known();
  names.began_boot_ns = known && known->instance == names.instance
                            ? known->began_boot_ns
                            : static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME));
  names.programs = program_numbers_.paths();
  names.scripts = program_numbers_.scripts();
  names.counters = slots_->labels();
  names.generations = tables_->names(next);
  names.stores = next != nullptr ? tables_->numbered_stores_with(*next->rules) : tables_->numbered_stores();
  names.marks = marks_->paths();
  if (auto kept = handover_->keep_names(std::move(names)); !kept)
    spdlog::error("sensor: {}", kept.error().message);
}

}  // namespace purposewatch
