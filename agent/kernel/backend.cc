#include "agent/kernel/backend.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "bpf/abi.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

std::optional<std::string> read_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

bool list_contains(const std::string& list, std::string_view wanted) {
  std::stringstream stream(list);
  for (std::string item; std::getline(stream, item, ',');)
    if (item == wanted) return true;
  return false;
}

// What the kernel says to "return 0" at this hook; empty when it takes it.
std::string refusal(bpf_prog_type type, bpf_attach_type attach, int hook_type) {
  const bpf_insn program[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  LIBBPF_OPTS(bpf_prog_load_opts, options);
  options.expected_attach_type = attach;
  options.attach_btf_id = static_cast<__u32>(hook_type);
  const Descriptor loaded(bpf_prog_load(type, "probe", "GPL", program, 2, &options));
  if (loaded) return {};
  return kernel_refusal(errno);
}

// capabilities(7): root, or somebody who was given these two.
bool may_load_programs() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  const auto has = [&](unsigned capability) {
    return (sets[capability / 32].effective >> capability % 32 & 1U) != 0;
  };
  return has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON));
}

}  // namespace

std::string kernel_interface_digest() {
  return PW_INTERFACE;
}

int kernel_interface_version() {
  return PW_ABI_VERSION;
}

std::string kernel_refusal(int error) {
  if (error == EPERM || error == EACCES)
    return may_load_programs() ? "this kernel refuses this kind of program (EPERM)"
                               : "it needs root, or CAP_BPF and CAP_PERFMON";
  return std::strerror(error);
}

std::optional<Backend> backend_named(std::string_view name) {
  for (Backend backend : kBackends)
    if (name_of(backend) == name) return backend;
  return std::nullopt;
}

bool is_ftrace_enabled() {
  return read_line("/proc/sys/kernel/ftrace_enabled") != "0";
}

KernelFacts read_kernel_facts() {
  KernelFacts facts;
  utsname names{};
  if (uname(&names) == 0) facts.release = names.release;
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), &btf__free);
  if (types) {
    facts.has_btf = true;
    facts.has_typed_loads = btf__find_by_name_kind(types.get(), "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
    facts.finds_tasks = btf__find_by_name_kind(types.get(), "bpf_task_from_vpid", BTF_KIND_FUNC) > 0;
    const auto has_tracepoint = [&](const char* name) {
      return btf__find_by_name_kind(types.get(), name, BTF_KIND_TYPEDEF) > 0;
    };
    facts.has_arrival_tracepoint = has_tracepoint("btf_trace_sk_data_ready");
    facts.has_prepare_exec = has_tracepoint("btf_trace_sched_prepare_exec");
    facts.has_ctime_tracepoints = has_tracepoint("btf_trace_ctime_ns_xchg");
    facts.lsm_hook_type =
        std::max(0, btf__find_by_name_kind(types.get(), "bpf_lsm_file_open", BTF_KIND_FUNC));
    facts.fentry_hook_type =
        std::max(0, btf__find_by_name_kind(types.get(), "security_file_open", BTF_KIND_FUNC));
  }
  if (const auto list = read_line("/sys/kernel/security/lsm")) {
    facts.lsm_list_known = true;
    facts.has_bpf_lsm = list_contains(*list, "bpf");
  } else {
    facts.has_bpf_lsm = facts.lsm_hook_type != 0;  // securityfs is not mounted: loading will tell
  }
  facts.ftrace_enabled = is_ftrace_enabled();
  return facts;
}

std::string obstacle(Backend backend, const KernelFacts& facts) {
  if (!facts.has_btf)
    return "this kernel has no BTF (/sys/kernel/btf/vmlinux): it needs CONFIG_DEBUG_INFO_BTF";
  if (backend == Backend::kSyscalls) return {};
  if (!facts.ftrace_enabled)
    return "kernel.ftrace_enabled is 0, which silences lsm and fentry programs without an error";
  if (backend == Backend::kLsm && facts.lsm_hook_type == 0)
    return "this kernel was built without CONFIG_BPF_LSM";
  if (backend == Backend::kLsm && !facts.has_bpf_lsm)
    return "\"bpf\" is not among the active security modules (/sys/kernel/security/lsm): boot with "
           "lsm=...,bpf";
  if (backend == Backend::kLsm) return refusal(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, facts.lsm_hook_type);
  if (facts.fentry_hook_type == 0) return "this kernel's BTF does not know security_file_open";
  return refusal(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, facts.fentry_hook_type);
}

}  // namespace purposewatch
