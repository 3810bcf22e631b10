#include "agent/kernel/programs.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/inotify.h>

#include <cerrno>
#include <cstring>

#include "agent/kernel/inodes.h"

namespace purposewatch {
namespace {

bool same(const std::optional<pw_inode_key>& a, const std::optional<pw_inode_key>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->inode == b->inode && a->device == b->device;
}

ProgramChange::Kind kind_of(const std::optional<pw_inode_key>& before,
                            const std::optional<pw_inode_key>& after) {
  if (!after) return ProgramChange::Kind::kVanished;
  return before ? ProgramChange::Kind::kReplaced : ProgramChange::Kind::kAppeared;
}

}  // namespace

Result<std::vector<ProgramChange>> Programs::refresh() {
  watch_directories();  // before looking, so that nothing happens between
  const std::vector<std::string>& paths = numbers_.paths();
  const auto found = find_inodes(sensor_, paths);
  if (!found) return tl::unexpected(found.error());
  const int map = sensor_.map("programs");
  std::vector<ProgramChange> changes;
  std::vector<pw_inode_key> gone;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::optional<pw_inode_key>& known = inodes_[paths[i]];
    const std::optional<pw_inode_key>& now = (*found)[i];
    if (same(known, now)) continue;
    changes.push_back({paths[i], kind_of(known, now)});
    if (known) gone.push_back(*known);
    known = now;
  }
  // Old inodes leave: their number may be given to any new file. Running processes keep what they were
  // stamped with.
  for (const pw_inode_key& key : gone) bpf_map_delete_elem(map, &key);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto number = static_cast<__u32>(i + 1);
    const std::optional<pw_inode_key>& inode = inodes_[paths[i]];
    if (inode && bpf_map_update_elem(map, &*inode, &number, BPF_ANY) != 0)
      return fail(fmt::format("cannot tell the kernel of {}: {}", paths[i], std::strerror(errno)));
  }
  return changes;
}

std::string Programs::path_of(std::uint64_t inode, std::uint32_t device) const {
  for (const auto& [path, known] : inodes_)
    if (known && known->inode == inode && known->device == device) return path;
  return {};
}

void Programs::watch_directories() {
  if (!watch_) watch_ = Descriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  for (const std::string& path : numbers_.paths()) {
    // The nearest directory above that exists; adding one twice changes nothing.
    for (std::string directory = path; directory.size() > 1;) {
      const std::size_t slash = directory.rfind('/');
      directory = slash == 0 ? "/" : directory.substr(0, slash);
      constexpr std::uint32_t kEvents =
          IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;
      if (inotify_add_watch(watch_.get(), directory.c_str(), kEvents) >= 0 || errno != ENOENT) break;
    }
  }
}

void Programs::drain() {
  char buffer[4096];
  while (read(watch_.get(), buffer, sizeof(buffer)) > 0) {
  }
}

}  // namespace purposewatch
