#include "agent/kernel/programs.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/inotify.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "agent/kernel/inodes.h"

namespace purposewatch {
namespace {

bool same(const std::optional<pw_inode_key>& a, const std::optional<pw_inode_key>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->inode == b->inode && a->device == b->device && a->generation == b->generation;
}

constexpr std::size_t kScriptNameMax = PW_SCRIPT_NAME - 1;  // as long as that, the kernel takes for longer

pw_script_name script_key(const std::string& name) {
  pw_script_name key{};
  name.copy(key.bytes, kScriptNameMax - 1);
  return key;
}

void log_change(const std::string& path, const std::optional<pw_inode_key>& before,
                const std::optional<pw_inode_key>& after) {
  const char* what = !after   ? "is gone"
                     : before ? "was replaced; new processes are known by the new file"
                              : "has appeared";
  spdlog::warn("executable or script of a service {}: {}", what, path);
}

std::string canonical(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::canonical(path, ignored).string();
}

}  // namespace

std::vector<std::string> names_of_script(const std::string& path) {
  std::vector<std::string> names = {path};
  const std::string whole = canonical(path);
  if (!whole.empty() && whole != path) names.push_back(whole);
  // /bin, /sbin and /lib are the system's own links.
  const std::string merged = whole.starts_with("/usr/") ? whole.substr(4) : std::string();
  if (!merged.empty() && merged != path && canonical(merged) == whole) names.push_back(merged);
  return names;
}

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
  if (auto put = put_scripts(); !put) return put;
  if (!changed) return {};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto number = static_cast<__u32>(i + 1);
    const std::optional<pw_inode_key>& inode = inodes_[paths[i]];
    if (inode && bpf_map_update_elem(map, &*inode, &number, BPF_ANY) != 0)
      return fail(fmt::format("cannot tell the kernel of {}: {}", paths[i], std::strerror(errno)));
  }
  return sensor_.stamp_tasks();
}

Result<void> Programs::put_scripts() {
  const int map = sensor_.map("scripts");
  std::set<std::string> names;
  const auto put = [&](const std::string& name, const pw_script& script) {
    if (!names.insert(name).second) return true;
    return bpf_map_update_elem(map, script_key(name).bytes, &script, BPF_ANY) == 0;
  };
  for (std::size_t i = 0; i < numbers_.paths().size(); ++i) {
    const auto number = static_cast<__u32>(i + 1);
    const std::string& path = numbers_.paths()[i];
    const std::optional<pw_inode_key>& inode = inodes_[path];
    if (!inode || !numbers_.is_script(number)) continue;
    const pw_script script{.file = *inode, .number = number, .reserved = 0};
    for (const std::string& name : names_of_script(path)) {
      if (name.size() >= kScriptNameMax)
        spdlog::warn("a script of a service has too long a name to be known by it: {}", name);
      else if (!put(name, script))
        return fail(fmt::format("cannot tell the kernel of {}: {}", name, std::strerror(errno)));
    }
  }
  for (const std::string& name : script_names_)
    if (!names.contains(name)) bpf_map_delete_elem(map, script_key(name).bytes);
  script_names_ = std::move(names);
  return {};
}

std::string Programs::path_of(const pw_inode_key& inode) const {
  for (const auto& [path, known] : inodes_)
    if (same(known, inode)) return path;
  return {};
}

std::string Programs::identify(const pw_inode_key& inode, const std::string& path) {
  refresh_unless(path, inode);
  return path_of(inode);
}

std::string Programs::identify_script(const pw_inode_key& inode, const std::string& path) {
  refresh_unless(path, inode);
  const auto known = inodes_.find(path);
  return known != inodes_.end() && same(known->second, inode) ? path : std::string();
}

void Programs::refresh_unless(const std::string& path, const pw_inode_key& inode) {
  const auto known = inodes_.find(path);
  if (known == inodes_.end() || same(known->second, inode)) return;
  if (auto done = refresh(); !done) spdlog::error("cannot follow executables: {}", done.error().message);
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
