// What of the kernel side is set while it runs, other than by the policy's tables.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <type_traits>

#include "agent/kernel/sensor.h"
#include "sensor.skel.h"

namespace purposewatch {

Result<void> Sensor::guard_objects() {
  const int guarded = map("own_objects");
  bool all = true;
  const auto add = [&]<class Info>(pw_object kind, int descriptor, Info info) {
    __u32 length = sizeof(info);
    if (bpf_obj_get_info_by_fd(descriptor, &info, &length) != 0) return;
    const pw_object_key key = {.kind = static_cast<__u32>(kind), .id = info.id};
    const __u32 is_there = 1;
    all = bpf_map_update_elem(guarded, &key, &is_there, BPF_ANY) == 0 && all;
  };
  bpf_map* one_map = nullptr;
  while ((one_map = bpf_object__next_map(skeleton_->obj, one_map)) != nullptr)
    add(PW_OBJECT_MAP, bpf_map__fd(one_map), bpf_map_info{});
  for (bpf_program* program : wanted_) add(PW_OBJECT_PROGRAM, descriptor_of(program), bpf_prog_info{});
  for (const auto& link : links_) add(PW_OBJECT_LINK, bpf_link__fd(link.get()), bpf_link_info{});
  if (!all) return fail(fmt::format("not every part of the sensor is guarded: {}", std::strerror(errno)));
  return {};
}

bool Sensor::mend(std::uint32_t generation) {
  bool was_changed = false;
  const auto keep = [&]<class Number>(Number& variable, std::type_identity_t<Number> value) {
    if (__atomic_load_n(&variable, __ATOMIC_RELAXED) == value) return;
    __atomic_store_n(&variable, value, __ATOMIC_RELEASE);
    was_changed = true;
  };
  keep(skeleton_->bss->generation, generation);
  keep(skeleton_->bss->agent_tgid, static_cast<std::uint32_t>(getpid()));
  keep(skeleton_->bss->stand_in_acts, lets_stand_in_ ? 1 : 0);
  keep(skeleton_->bss->unlocked_until_ns, unlocked_until_ns_);
  return was_changed;
}

void Sensor::unlock_until(std::uint64_t boot_ns) {
  unlocked_until_ns_ = boot_ns;
  __atomic_store_n(&skeleton_->bss->unlocked_until_ns, boot_ns, __ATOMIC_RELEASE);
}

void Sensor::let_fade(std::uint32_t seconds) {
  __atomic_store_n(&skeleton_->bss->fades_after_ns, seconds * 1'000'000'000ULL, __ATOMIC_RELAXED);
}

Result<void> Sensor::put_derived_file(const pw_inode_key& file, const pw_held& held) {
  if (bpf_map_update_elem(map("derived_files"), &file, &held, BPF_ANY) != 0)
    return fail(fmt::format("cannot follow a copy: {}", std::strerror(errno)));
  __atomic_fetch_or(&skeleton_->bss->derived_filter[pw_derived_word(file.inode)], pw_derived_bit(file.inode),
                    __ATOMIC_RELAXED);
  __atomic_store_n(&skeleton_->bss->files_carry, 1, __ATOMIC_RELEASE);
  return {};
}

void Sensor::note_terminals(bool are_noted) {
  __atomic_store_n(&skeleton_->bss->terminals_are_noted, static_cast<__u32>(are_noted), __ATOMIC_RELAXED);
}

void Sensor::look_where_cores_go() {
  const int first = std::ifstream("/proc/sys/kernel/core_pattern").get();
  __atomic_store_n(&skeleton_->bss->cores_go_to_program, static_cast<__u32>(first == '|' || first == '@'),
                   __ATOMIC_RELAXED);
}

}  // namespace purposewatch
