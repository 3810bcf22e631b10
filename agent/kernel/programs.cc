#include "agent/kernel/programs.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/inotify.h>

#include <cerrno>
#include <cstring>

#include "agent/kernel/inodes.h"

namespace purposewatch {
namespace {

bool same(const std::optional<pw_inode_key>& a, const std::optional<pw_inode_key>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->inode == b->inode && a->device == b->device && a->generation == b->generation;
}

void log_change(const std::string& path, const std::optional<pw_inode_key>& before,
                const std::optional<pw_inode_key>& after) {
  const char* what = !after   ? "is gone"
                     : before ? "was replaced; new processes are known by the new file"
                              : "has appeared";
  spdlog::warn("executable of a service {}: {}", what, path);
}

}  // namespace

Result<void> Programs::refresh() {
  watch_directories();  // before looking, so that nothing happens between
  const std::vector<std::string>& paths = numbers_.paths();
  const auto found = find_inodes(sensor_, paths);
  if (!found) return tl::unexpected(found.error());
  const int map = sensor_.map("programs");
  bool changed = inodes_.empty();  // the first time: tasks older than the hooks have no stamp
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto [entry, is_new] = inodes_.try_emplace(paths[i]);
    std::optional<pw_inode_key>& known = entry->second;
    const std::optional<pw_inode_key>& now = (*found)[i];
    if (same(known, now)) continue;
    changed = true;
    if (!is_new) log_change(paths[i], known, now);
    // An old inode leaves: its number may be given to any new file. Running processes keep their stamps.
    if (known) bpf_map_delete_elem(map, &*known);
    known = now;
  }
  if (!changed) return {};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto number = static_cast<__u32>(i + 1);
    const std::optional<pw_inode_key>& inode = inodes_[paths[i]];
    if (inode && bpf_map_update_elem(map, &*inode, &number, BPF_ANY) != 0)
      return fail(fmt::format("cannot tell the kernel of {}: {}", paths[i], std::strerror(errno)));
  }
  return sensor_.stamp_tasks();
}

std::string Programs::path_of(const pw_inode_key& inode) const {
  for (const auto& [path, known] : inodes_)
    if (same(known, inode)) return path;
  return {};
}

std::string Programs::identify(const pw_inode_key& inode, const std::string& path) {
  const auto known = inodes_.find(path);
  if (known == inodes_.end()) return path_of(inode);
  if (!same(known->second, inode))
    if (auto done = refresh(); !done) spdlog::error("cannot follow executables: {}", done.error().message);
  return path_of(inode);
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
