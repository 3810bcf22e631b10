// The ways in, and what a kernel offers of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

enum class Backend : std::uint8_t { kLsm, kFentry, kSyscalls };

constexpr std::string_view name_of(Backend backend) {
  switch (backend) {
    case Backend::kLsm:
      return "lsm";
    case Backend::kFentry:
      return "fentry";
    case Backend::kSyscalls:
      return "syscalls";
  }
  return "";
}

std::optional<Backend> backend_named(std::string_view name);

// In the order of preference: lsm sees the most, syscalls runs wherever BTF does.
inline constexpr Backend kBackends[] = {Backend::kLsm, Backend::kFentry, Backend::kSyscalls};

// What this kernel offers, read from /sys and BTF: facts, no judgement.
struct KernelFacts {
  std::string release;
  bool has_btf = false;
  bool has_bpf_lsm = false;      // "bpf" stands in /sys/kernel/security/lsm, or that file cannot be read
  bool lsm_list_known = false;   // securityfs was readable
  bool has_typed_loads = false;  // bpf_rdonly_cast, since 6.2
  bool finds_tasks = false;      // bpf_task_from_vpid, since 6.13
  bool has_arrival_tracepoint = false;  // sk_data_ready, since 6.3
  bool has_ctime_tracepoints = false;   // since 6.13
  bool has_prepare_exec = false;        // sched_prepare_exec, since 6.10
  int lsm_hook_type = 0;                // BTF id of bpf_lsm_file_open; 0: none
  int fentry_hook_type = 0;             // BTF id of security_file_open; 0: none
  bool ftrace_enabled = true;  // kernel.ftrace_enabled: when 0, lsm and fentry programs are silently dead
};

KernelFacts read_kernel_facts();
// KernelFacts::ftrace_enabled, now.
bool is_ftrace_enabled();

// Why a backend cannot work here; empty when it may. Loads a program of two instructions to see whether the
// kernel takes that kind at all, since to be refused the real ones costs seconds.
std::string obstacle(Backend backend, const KernelFacts& facts);

// Version of the records and tables that both sides of this build speak.
int kernel_interface_version();
// Equal for builds whose records and tables have the same form.
std::string kernel_interface_digest();

// An errno of bpf(2) in words.
std::string kernel_refusal(int error);

}  // namespace purposewatch
