// When the hooks of lsm or fentry are not called any more, though nobody has detached them, programs at
// system calls stand in for them: a second sensor that shares the first one's maps, tables, identities and
// ring.
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "agent/kernel/sensor.h"
#include "sensor.skel.h"

namespace purposewatch {

bool Sensor::sees_opens() const {
  const auto opens = [this] {
    const SensorCounts now = counts();
    return backend_ != Backend::kSyscalls ? now.fired[PW_HOOK_FILE_OPEN]
                                          : now.fired[PW_HOOK_OPEN_CALL] + now.fired[PW_HOOK_SYS_EXIT];
  };
  const std::uint64_t before = opens();
  Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)).reset();
  return opens() != before;
}

void Sensor::let_stand_in(bool acts) {
  lets_stand_in_ = acts;
  __atomic_store_n(&skeleton_->bss->stand_in_acts, static_cast<__u32>(acts), __ATOMIC_RELEASE);
}

// What watches processes goes on in the other one: nothing silences a tracepoint.
Result<void> Sensor::share_with(const Sensor& other) {
  skeleton_->rodata->is_stand_in = 1;
  skeleton_->rodata->host_mounts = other.skeleton_->rodata->host_mounts;
  const auto& programs = skeleton_->progs;
  for (bpf_program* program :
       {programs.on_task_newtask, programs.on_process_exec, programs.on_process_exit,
        programs.on_signal_deliver, programs.on_signal_generate, programs.on_set_state})
    bpf_program__set_autoload(program, false);
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program)) != nullptr)
    if (bpf_program__expected_attach_type(program) == BPF_TRACE_ITER)
      bpf_program__set_autoload(program, false);
  want_what_is_loaded();
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(skeleton_->obj, map)) != nullptr)
    if (map != skeleton_->maps.rodata && bpf_map__reuse_fd(map, other.map(bpf_map__name(map))) != 0)
      return fail(fmt::format("{}: {}", bpf_map__name(map), std::strerror(errno)));
  return {};
}

}  // namespace purposewatch
