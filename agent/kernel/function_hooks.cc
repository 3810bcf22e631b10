#include "agent/kernel/function_hooks.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "agent/kernel/address.h"
#include "bpf/abi.h"
#include "rules/base/descriptor.h"
#include "sensor.skel.h"

namespace purposewatch {
namespace {

// The root of the second version's hierarchy: where it is mounted, or else a mount of our own, which nobody
// sees.
Descriptor cgroup_root() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    Descriptor mounted(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct statfs status {};
    if (mounted && fstatfs(mounted.get(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC)
      return mounted;
  }
  const Descriptor context(fsopen("cgroup2", FSOPEN_CLOEXEC));
  if (!context || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return Descriptor();
  return Descriptor(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

// Programs of cgroups may not use the storage of tasks everywhere: on 6.18, not on 6.12. libbpf's own
// question for a helper does not understand the answer of kernels that are newer than it is; so a program of
// ours is tried.
bool takes_cgroup_programs(const KernelFacts& facts) {
  const std::unique_ptr<sensor_bpf, decltype(&sensor_bpf__destroy)> tried(sensor_bpf__open(),
                                                                          &sensor_bpf__destroy);
  if (!tried) return false;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(tried->obj, program)) != nullptr)
    bpf_program__set_autoload(program, program == tried->progs.on_sendmsg4);
  tried->rodata->typed_loads = facts.has_typed_loads;
  return sensor_bpf__load(tried.get()) == 0;
}

// Of these programs, named on_FUNCTION, those whose function the kernel has.
std::vector<bpf_program*> known_to(const btf* types, const std::vector<bpf_program*>& programs) {
  constexpr std::string_view kOn = "on_";
  std::vector<bpf_program*> known;
  for (bpf_program* program : programs)
    if (btf__find_by_name_kind(types, bpf_program__name(program) + kOn.size(), BTF_KIND_FUNC) > 0)
      known.push_back(program);
  return known;
}

}  // namespace

std::vector<FunctionHook> choose_function_hooks(const sensor_bpf& skeleton, Backend backend,
                                                const KernelFacts& facts) {
  const auto& has = skeleton.progs;
  const std::vector<bpf_program*> senders = {has.on_udp_sendmsg,     has.on_udpv6_sendmsg,
                                             has.on_raw_sendmsg,     has.on_rawv6_sendmsg,
                                             has.on_ping_v4_sendmsg, has.on_ping_v6_sendmsg},
                                  readers = {has.on_pipe_read, has.on_anon_pipe_read, has.on_fifo_pipe_read},
                                  of_cgroups = {has.on_sendmsg4, has.on_sendmsg6};
  for (const auto& all : {senders, readers, of_cgroups})
    for (bpf_program* program : all) bpf_program__set_autoload(program, false);
  std::vector<FunctionHook> hooks;
  if (backend == Backend::kSyscalls) {
    if (takes_cgroup_programs(facts))
      hooks.push_back({"cgroup_send", PW_HOOK_CGROUP_SEND, reaches_loopback(), of_cgroups});
  } else {
    const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), &btf__free);
    hooks.push_back(
        {"send_datagram", PW_HOOK_SEND_DATAGRAM, reaches_loopback(), known_to(types.get(), senders)});
    hooks.push_back({"pipe_read", PW_HOOK_PIPE_READ, true, known_to(types.get(), readers)});
  }
  for (const FunctionHook& hook : hooks)
    for (bpf_program* program : hook.programs) bpf_program__set_autoload(program, true);
  return hooks;
}

HookStatus attach_function_hook(
    const FunctionHook& hook,
    const std::function<bool(const std::string& name, const std::function<bpf_link*()>& attach)>& link) {
  const bool is_of_cgroup = hook.counter == PW_HOOK_CGROUP_SEND;
  HookStatus status{hook.name, hook.counter, !hook.programs.empty(), hook.can_be_provoked, !is_of_cgroup, ""};
  const Descriptor root = is_of_cgroup ? cgroup_root() : Descriptor();
  for (bpf_program* program : hook.programs) {
    const bool is_linked = link(bpf_program__name(program), [&] {
      return is_of_cgroup ? bpf_program__attach_cgroup(program, root.get()) : bpf_program__attach(program);
    });
    if (is_linked) continue;
    status.is_attached = false;
    status.why = kernel_refusal(errno);
  }
  if (hook.programs.empty()) status.why = "this kernel has no such function";
  return status;
}

}  // namespace purposewatch
