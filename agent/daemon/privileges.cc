#include "agent/daemon/privileges.h"

#include <fmt/format.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace purposewatch {
namespace {

constexpr std::array<cap_value_t, 3> kKept = {CAP_BPF, CAP_PERFMON, CAP_DAC_READ_SEARCH};

bool is_kept(cap_value_t capability) {
  for (cap_value_t kept : kKept)
    if (kept == capability) return true;
  return false;
}

}  // namespace

Result<std::vector<std::string>> drop_privileges() {
  // The bounding set first: shrinking it takes a capability that goes with it.
  for (cap_value_t capability = 0; capability <= cap_max_bits(); ++capability)
    if (!is_kept(capability) && cap_get_bound(capability) > 0) cap_drop_bound(capability);
  const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> wanted(cap_init(), &cap_free);
  std::vector<std::string> names;
  for (cap_value_t capability : kKept) {
    if (cap_get_bound(capability) <= 0) continue;
    const std::array<cap_value_t, 1> one = {capability};
    cap_set_flag(wanted.get(), CAP_PERMITTED, 1, one.data(), CAP_SET);
    cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, one.data(), CAP_SET);
    const std::unique_ptr<char, int (*)(void*)> name(cap_to_name(capability), &cap_free);
    names.emplace_back(name.get());
  }
  if (cap_set_proc(wanted.get()) != 0)
    return fail(fmt::format("cannot give up capabilities: {}", std::strerror(errno)));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(fmt::format("cannot set no_new_privs: {}", std::strerror(errno)));
  return names;
}

}  // namespace purposewatch
