#include "agent/kernel/predecessor.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace purposewatch {
namespace {

// As the object's maps are called; of variables, libbpf adds the object's name, cut short.
Descriptor pinned_map(const Pins& pins, const std::string& sensor, const char* map) {
  return Descriptor(bpf_obj_get(pins.path_of_map(sensor, map).c_str()));
}

}  // namespace

Result<Predecessor> Predecessor::open(const Pins& pins, std::string name) {
  Predecessor old;
  old.name_ = std::move(name);
  old.ring_ = pinned_map(pins, old.name_, "records");
  old.variables_ = pinned_map(pins, old.name_, "sensor_b.bss");
  old.permitted_ = pinned_map(pins, old.name_, "permitted");
  old.folds_ = pinned_map(pins, old.name_, "folds");
  bool is_whole = old.ring_ && old.variables_ && old.permitted_ && old.folds_;
  for (std::size_t i = 0; i < Folds::kTables.size(); ++i) {
    old.fold_tables_[i] = pinned_map(pins, old.name_, Folds::kTables[i]);
    is_whole = is_whole && old.fold_tables_[i];
  }
  if (!is_whole) return fail(fmt::format("the sensor {} is not whole: {}", old.name_, std::strerror(errno)));
  for (const std::string& path : pins.links_of(old.name_)) old.links_.emplace_back(bpf_obj_get(path.c_str()));
  return old;
}

// Each build has its variables at places of its own, which the types of the map tell.
std::optional<Predecessor::Place> Predecessor::place_of(std::string_view variable) const {
  bpf_map_info info{};
  __u32 length = sizeof(info);
  if (bpf_obj_get_info_by_fd(variables_.get(), &info, &length) != 0) return std::nullopt;
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_from_kernel_by_id(info.btf_id),
                                                         &btf__free);
  const btf_type* section = types ? btf__type_by_id(types.get(), info.btf_value_type_id) : nullptr;
  if (section == nullptr || !btf_is_datasec(section)) return std::nullopt;
  const btf_var_secinfo* places = btf_var_secinfos(section);
  for (int i = 0; i < btf_vlen(section); ++i) {
    const btf_type* type = btf__type_by_id(types.get(), places[i].type);
    if (variable != btf__name_by_offset(types.get(), type->name_off)) continue;
    if (std::size_t{places[i].offset} + places[i].size > info.value_size) return std::nullopt;
    return Place{places[i].offset, places[i].size};
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Predecessor::variable(std::string_view name) const {
  bpf_map_info info{};
  __u32 length = sizeof(info);
  const auto place = place_of(name);
  if (!place || place->size > sizeof(std::uint64_t) ||
      bpf_obj_get_info_by_fd(variables_.get(), &info, &length) != 0)
    return std::nullopt;
  std::vector<char> value(info.value_size);
  const __u32 only = 0;
  if (bpf_map_lookup_elem(variables_.get(), &only, value.data()) != 0) return std::nullopt;
  std::uint64_t number = 0;
  std::memcpy(&number, value.data() + place->offset, place->size);
  return number;
}

// Without a policy, every hook returns at once.
Result<void> Predecessor::silence() {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto place = place_of("generation");
  if (!place || place->size != sizeof(__u32)) return fail("a sensor that knows no policies");
  const std::size_t begin = place->offset / page * page;
  void* mapped =
      mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, variables_.get(), static_cast<off_t>(begin));
  if (mapped == MAP_FAILED) return fail(fmt::format("cannot silence a sensor: {}", std::strerror(errno)));
  auto* generation = reinterpret_cast<__u32*>(static_cast<char*>(mapped) + (place->offset - begin));
  __atomic_store_n(generation, 0, __ATOMIC_RELEASE);
  munmap(mapped, page);
  return {};
}

std::vector<std::uint64_t> Predecessor::permitted_counts(std::size_t slots) const {
  std::vector<std::uint64_t> sums(slots);
  std::vector<std::uint64_t> of_cpus(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (__u32 slot = 0; slot < slots; ++slot)
    if (bpf_map_lookup_elem(permitted_.get(), &slot, of_cpus.data()) == 0)
      for (const std::uint64_t count : of_cpus) sums[slot] += count;
  return sums;
}

std::vector<Fold> Predecessor::folds() const {
  std::vector<Fold> all;
  for (const Descriptor& table : fold_tables_)
    for (Fold& fold : folds_in(table.get())) all.push_back(fold);
  return all;
}

// A link that nobody holds is detached when its last descriptor is closed. A program that runs then may still
// be adding; the kernel waits for it where it changes a table of tables.
Result<void> Predecessor::end(const Pins& pins) {
  auto removed = pins.remove(name_);
  links_.clear();
  const __u32 only = 0;
  const int any = fold_tables_[0].get();
  (void)bpf_map_update_elem(folds_.get(), &only, &any, BPF_ANY);
  return removed;
}

}  // namespace purposewatch
