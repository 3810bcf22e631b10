#include "agent/kernel/inodes.h"

#include <fcntl.h>

#include <algorithm>

#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

// Descriptors that are open at once: well below the usual soft limit of 1024.
constexpr std::size_t kBatch = 256;

}  // namespace

Result<std::vector<std::optional<pw_inode_key>>> find_inodes(Sensor& sensor,
                                                             const std::vector<std::string>& paths) {
  std::vector<std::optional<pw_inode_key>> found;
  found.reserve(paths.size());
  for (std::size_t start = 0; start < paths.size(); start += kBatch) {
    const std::size_t end = std::min(paths.size(), start + kBatch);
    std::vector<Descriptor> owners;
    std::vector<int> numbers;
    for (std::size_t i = start; i < end; ++i) {
      owners.emplace_back(open(paths[i].c_str(), O_PATH | O_CLOEXEC));
      numbers.push_back(owners.back().get());
    }
    auto identities = sensor.identify(numbers);
    if (!identities) return tl::unexpected(identities.error());
    for (std::size_t i = start; i < end; ++i)
      found.push_back(owners[i - start] ? (*identities)[i - start] : std::nullopt);
  }
  return found;
}

}  // namespace purposewatch
