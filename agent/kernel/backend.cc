#include "agent/kernel/backend.h"

#include <bpf/btf.h>
#include <sys/utsname.h>

#include <fstream>
#include <memory>
#include <sstream>

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

}  // namespace

std::optional<Backend> backend_named(std::string_view name) {
  for (Backend backend : kBackends)
    if (name_of(backend) == name) return backend;
  return std::nullopt;
}

KernelFacts read_kernel_facts() {
  KernelFacts facts;
  utsname names{};
  if (uname(&names) == 0) facts.release = names.release;
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), &btf__free);
  if (types) {
    facts.has_btf = true;
    facts.has_typed_loads = btf__find_by_name_kind(types.get(), "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
    facts.has_lsm_hook = btf__find_by_name_kind(types.get(), "bpf_lsm_file_open", BTF_KIND_FUNC) > 0;
  }
  if (const auto list = read_line("/sys/kernel/security/lsm")) {
    facts.lsm_list_known = true;
    facts.has_bpf_lsm = list_contains(*list, "bpf");
  } else {
    facts.has_bpf_lsm = facts.has_lsm_hook;  // securityfs is not mounted: loading will tell
  }
  if (const auto enabled = read_line("/proc/sys/kernel/ftrace_enabled"))
    facts.ftrace_enabled = *enabled != "0";
  return facts;
}

std::string obstacle(Backend backend, const KernelFacts& facts) {
  if (!facts.has_btf)
    return "this kernel has no BTF (/sys/kernel/btf/vmlinux): it needs CONFIG_DEBUG_INFO_BTF";
  if (backend == Backend::kSyscalls) return {};
  if (!facts.ftrace_enabled)
    return "kernel.ftrace_enabled is 0, which silences lsm and fentry programs without an error";
  if (backend == Backend::kLsm && !facts.has_lsm_hook) return "this kernel was built without CONFIG_BPF_LSM";
  if (backend == Backend::kLsm && !facts.has_bpf_lsm)
    return "\"bpf\" is not among the active security modules (/sys/kernel/security/lsm): boot with "
           "lsm=...,bpf";
  return {};
}

}  // namespace purposewatch
