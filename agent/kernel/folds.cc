#include "agent/kernel/folds.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/kernel/new_map.h"
#include "sensor.skel.h"

namespace purposewatch {
namespace {

// With what the exchange takes, and the loop's own pace, nothing waits longer than a second.
constexpr std::chrono::milliseconds kInterval(500);
constexpr __u32 kAtOnce = 512;

std::uint64_t folds_begun(const Sensor& sensor) {
  return __atomic_load_n(&sensor.skeleton()->bss->folds_begun, __ATOMIC_RELAXED);
}

// take(keys, values, count): as often as it takes.
template <class Take>
void each_batch(int map, Take take) {
  std::vector<pw_fold_key> keys(kAtOnce);
  std::vector<pw_fold> folds(kAtOnce);
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  __u64 place = 0;
  for (bool is_first = true, is_more = true; is_more; is_first = false) {
    __u32 count = kAtOnce;
    is_more = bpf_map_lookup_batch(map, is_first ? nullptr : &place, &place, keys.data(), folds.data(),
                                   &count, &options) == 0;
    if (!is_more && errno != ENOENT) {
      spdlog::error("cannot read what was counted: {}", std::strerror(errno));
      break;
    }
    take(keys.data(), folds.data(), count);
  }
}

struct Counted {
  std::vector<pw_fold_key> keys;
  std::vector<pw_fold> folds;
};

// Those that something was counted with.
Counted read_counted(int map) {
  Counted all;
  each_batch(map, [&](const pw_fold_key* keys, const pw_fold* folds, __u32 count) {
    for (__u32 i = 0; i < count; ++i) {
      if (folds[i].count == 0) continue;
      all.keys.push_back(keys[i]);
      all.folds.push_back(folds[i]);
    }
  });
  return all;
}

void clear(int map) {
  std::vector<pw_fold_key> all;
  each_batch(map, [&](const pw_fold_key* keys, const pw_fold*, __u32 count) {
    all.insert(all.end(), keys, keys + count);
  });
  for (const pw_fold_key& key : all) bpf_map_delete_elem(map, &key);
}

// The kernel's number of a map.
__u32 id_of(int map) {
  bpf_map_info info{};
  __u32 length = sizeof(info);
  return bpf_obj_get_info_by_fd(map, &info, &length) == 0 ? info.id : 0;
}

}  // namespace

std::vector<Fold> folds_in(int table) {
  std::vector<Fold> all;
  for (const pw_fold& fold : read_counted(table).folds)
    all.push_back({fold.told, fold.count, fold.first_boot_ns, fold.last_boot_ns, fold.last_sequence});
  return all;
}

Folds::~Folds() {
  if (exchanged_.valid()) exchanged_.wait();
}

Result<std::vector<Fold>> Folds::take_over() {
  const __u32 only = 0;
  __u32 id = 0;
  if (bpf_map_lookup_elem(sensor_.map("folds"), &only, &id) != 0)
    return fail(fmt::format("no table of repeats is in use: {}", std::strerror(errno)));
  used_ = id == id_of(sensor_.map(kTables[0])) ? 0 : 1;
  goes_on_ = true;
  return folds_in(other());
}

void Folds::tend() {
  if (exchanged_.valid() || (!goes_on_ && folds_begun(sensor_) == begun_)) return;
  if (const auto now = std::chrono::steady_clock::now(); now >= next_) {
    next_ = now + kInterval;
    begin();
  }
}

void Folds::exchange() {
  if (!exchanged_.valid() && (goes_on_ || folds_begun(sensor_) != begun_)) begin();
  if (exchanged_.valid()) exchanged_.wait();
}

// What is repeated now goes on to be counted, so that it is not told anew with each table.
void Folds::begin() {
  clear(other());
  begun_ = folds_begun(sensor_);
  Counted going_on = read_counted(in_use());
  for (pw_fold& fold : going_on.folds)
    fold.count = fold.first_boot_ns = fold.last_boot_ns = fold.last_sequence = 0;
  goes_on_ = !going_on.keys.empty();
  if (auto filled = fill_map(other(), "folds", std::move(going_on.keys), std::move(going_on.folds)); !filled)
    spdlog::error("{}", filled.error().message);
  used_ = 1 - used_;
  // Since 4.12 the kernel returns when no program can still be using what was there before.
  exchanged_ = std::async(std::launch::async, [outer = sensor_.map("folds"), map = in_use()] {
    const __u32 only = 0;
    return bpf_map_update_elem(outer, &only, &map, BPF_ANY) == 0;
  });
}

bool Folds::is_ready() const {
  return exchanged_.valid() && exchanged_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

std::vector<Fold> Folds::take() {
  if (exchanged_.get()) return folds_in(other());
  spdlog::error("cannot exchange the table of what was counted");
  used_ = 1 - used_;
  return {};
}

}  // namespace purposewatch
