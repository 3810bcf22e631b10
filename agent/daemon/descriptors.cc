#include "agent/daemon/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace purposewatch {
namespace {

// The sensor has about 150, the control socket's clients 40, and what is opened for a moment (the evidence,
// Alertmanagers, /proc, sysfs, sessions of databases of names) some tens.
constexpr std::size_t kOwn = 400;
constexpr std::size_t kWebConnectionsMin = 16, kWebConnectionsMax = 512;
constexpr rlim_t kEnough = 65536;

}  // namespace

Result<DescriptorShares> shares_of_descriptors(std::size_t all) {
  if (all < kOwn + kWebConnectionsMin)
    return fail(
        fmt::format("{} open files are too few for the agent, which needs {}: ulimit -n, or LimitNOFILE= of "
                    "its unit",
                    all, kOwn + kWebConnectionsMin));
  return DescriptorShares{.all = all,
                          .web_connections = static_cast<unsigned>(std::min(all - kOwn, kWebConnectionsMax))};
}

Result<DescriptorShares> take_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return fail(fmt::format("cannot tell how many files may be open: {}", std::strerror(errno)));
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted;
    // Where that is forbidden, what there was is what there is.
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
  }
  return shares_of_descriptors(static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, SIZE_MAX)));
}

}  // namespace purposewatch
