// What the sensor does by iterators: whatever there is already, it goes through.
#include <cstring>

#include "agent/kernel/iterator.h"
#include "agent/kernel/sensor.h"
#include "sensor.skel.h"

namespace purposewatch {

Result<void> Sensor::stamp_tasks() {
  auto ran = run_iterator(skeleton_->progs.stamp_tasks, false);
  if (!ran) return tl::unexpected(ran.error());
  return {};
}

Result<void> Sensor::observe_held_files() {
  auto ran = run_iterator(skeleton_->progs.observe_held_files, false);
  __atomic_store_n(&skeleton_->bss->stands_in_for, 0, __ATOMIC_RELEASE);
  if (!ran) return tl::unexpected(ran.error());
  return {};
}

Result<std::vector<std::optional<pw_inode_key>>> Sensor::identify(const std::vector<int>& descriptors) {
  auto bytes = run_iterator(skeleton_->progs.identify_descriptors, true);
  if (!bytes) return tl::unexpected(bytes.error());
  std::vector<std::optional<pw_inode_key>> by_descriptor;
  for (std::size_t offset = 0; offset + sizeof(pw_descriptor) <= bytes->size();
       offset += sizeof(pw_descriptor)) {
    pw_descriptor entry{};
    std::memcpy(&entry, bytes->data() + offset, sizeof(entry));
    if (entry.fd >= by_descriptor.size()) by_descriptor.resize(entry.fd + 1);
    by_descriptor[entry.fd] = entry.key;
  }
  std::vector<std::optional<pw_inode_key>> identities;
  for (int descriptor : descriptors) {
    const auto index = static_cast<std::size_t>(descriptor);
    identities.push_back(index < by_descriptor.size() ? by_descriptor[index] : std::nullopt);
  }
  return identities;
}

Result<std::string> Sensor::describe_holder(std::uint64_t socket) {
  __atomic_store_n(&skeleton_->bss->sought_socket, socket, __ATOMIC_RELEASE);
  return run_iterator(skeleton_->progs.find_holder, false);
}

}  // namespace purposewatch
