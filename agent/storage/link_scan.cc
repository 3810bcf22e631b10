#include "agent/storage/link_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "agent/storage/descent.h"
#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

// Nothing is asked of a server, and nothing is mounted because somebody looked. The time of the last change
// comes with the rest at no cost.
constexpr int kLookFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
constexpr unsigned kLookMask = STATX_TYPE | STATX_NLINK | STATX_INO | STATX_CTIME;

bool is_mount(const struct statx& status) {
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// May a file have names elsewhere? What is mounted over a name has none of its own there.
bool may_be_linked(const struct statx& status) {
  return !S_ISLNK(status.stx_mode) && (status.stx_nlink > 1 || is_mount(status));
}

LinkedInodes::Sighting sighting(const struct statx& status) {
  const auto [device, inode] = inode_number(status);
  return {device, inode, status.stx_nlink, {status.stx_ctime.tv_sec, status.stx_ctime.tv_nsec}};
}

class Scan {
 public:
  Scan(const LinkScanTask& task, const std::stop_token& stop, std::atomic<std::uint64_t>* entries_visited)
      : task_(task), stop_(stop), entries_visited_(entries_visited), descent_(task.open_max) {}

  bool stopped() {
    stopped_ = stopped_ || stop_.stop_requested();
    return stopped_;
  }

  void look_through(const std::string& root) {
    Descriptor directory(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory && errno == ENOTDIR) return look_at_root_file(root);
    struct statx status {};
    if (!directory || !look(directory.get(), "", AT_EMPTY_PATH, status)) return failed();
    const std::size_t end = root.find_last_not_of('/');
    descent_.start(root.substr(0, end == std::string::npos ? 0 : end + 1), std::move(directory),
                   inode_number(status));
    read_last();
    while (!descent_.empty() && !stopped()) {
      std::string& pending = descent_.last().pending;
      if (pending.empty()) {
        leave();
        continue;
      }
      pending.pop_back();
      const std::size_t start = pending.rfind('/') + 1;  // 0 when there is none
      const std::string name = pending.substr(start);
      pending.resize(start);
      enter(name);
    }
  }

  LinkScan result() && {
    result_.linked_elsewhere = std::move(inodes_).incomplete();
    result_.finished = !stopped_;
    return std::move(result_);
  }

 private:
  static bool look(int directory, const char* name, int flags, struct statx& status) {
    return statx(directory, name, kLookFlags | flags, kLookMask, &status) == 0;
  }

  // By errno: gone (or something else by now), or there, but closed to us.
  void failed() {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
      ++result_.vanished;
    else
      ++result_.unreadable;
  }

  void look_at_root_file(const std::string& root) {
    // The name that counts is the one at the end of all symbolic links.
    const std::unique_ptr<char, void (*)(void*)> real(realpath(root.c_str(), nullptr), free);
    if (!real) return failed();
    const std::string path = real.get();
    const std::size_t slash = path.rfind('/');
    const Descriptor directory(open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct statx parent {};
    if (!directory || !look(directory.get(), "", AT_EMPTY_PATH, parent)) return failed();
    const std::string name = path.substr(slash + 1);
    struct statx status {};
    count_entry();
    if (!look(directory.get(), name.c_str(), 0, status)) return failed();
    if (may_be_linked(status)) saw_file(inode_number(parent), name, root, status);
  }

  void enter(const std::string& name) {
    if (task_.may_lead_to_store && !task_.may_lead_to_store(path_of(name))) return;
    if (descent_.depth() >= task_.depth_max) {
      ++result_.unreadable;
      return;
    }
    const int parent = descent_.last().directory.get();
    Descriptor directory(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct statx status {};
    if (!directory || !look(directory.get(), "", AT_EMPTY_PATH, status)) return failed();
    if (is_mount(status) && leads_to_itself(name, inode_number(status))) return;
    descent_.down(name, std::move(directory), inode_number(status));
    read_last();
  }

  // A directory that is mounted below itself shows what was seen on the way there, unless only one of the two
  // is in a store. Mounts make no endless ways, but a few of them make very many.
  bool leads_to_itself(std::string_view name, InodeNumber number) const {
    const bool in_store = task_.is_in_store(path_of(name));
    for (std::size_t level = 0; level < descent_.depth(); ++level)
      if (descent_.at(level).number == number && task_.is_in_store(descent_.path_of(level)) == in_store)
        return true;
    return false;
  }

  void leave() {
    if (descent_.up()) return;
    // Somebody has moved it away, and what waits there is out of reach.
    if (!descent_.last().pending.empty()) ++result_.unreadable;
    descent_.last().pending.clear();
  }

  // All of it at once: descriptors of levels far above are closed, and places within a directory do not
  // survive that on every file system.
  void read_last() {
    const int directory = descent_.last().directory.get();
    while (!stopped()) {
      const ssize_t length = getdents64(directory, buffer_.data(), buffer_.size());
      if (length == 0) return;
      if (length < 0) return failed();
      for (ssize_t at = 0; at < length;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at);
        at += entry->d_reclen;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") look_at(directory, *entry);
      }
    }
  }

  void look_at(int directory, const dirent64& entry) {
    count_entry();
    if (entry.d_type == DT_LNK) return;
    Descent::Level& level = descent_.last();
    if (entry.d_type == DT_DIR) {
      level.pending.append(entry.d_name).push_back('/');
      return;
    }
    struct statx status {};
    if (!look(directory, entry.d_name, 0, status)) return failed();
    if (S_ISDIR(status.stx_mode))
      level.pending.append(entry.d_name).push_back('/');
    else if (may_be_linked(status))
      saw_file(level.number, entry.d_name, path_of(entry.d_name), status);
  }

  void saw_file(InodeNumber directory, std::string_view name, std::string_view path,
                const struct statx& status) {
    if (!task_.is_in_store(path)) return;
    if (is_mount(status))
      inodes_.saw_mount(sighting(status), path);
    else
      inodes_.saw_name(sighting(status), directory, name, path);
  }

  std::string path_of(std::string_view name) const {
    return std::string(descent_.path()).append("/").append(name);
  }

  void count_entry() {
    ++result_.entries;
    if (entries_visited_) entries_visited_->store(result_.entries, std::memory_order_relaxed);
  }

  const LinkScanTask& task_;
  const std::stop_token& stop_;
  std::atomic<std::uint64_t>* const entries_visited_;
  Descent descent_;
  LinkedInodes inodes_;
  LinkScan result_;
  bool stopped_ = false;
  alignas(dirent64) std::array<char, 65'536> buffer_;
};

}  // namespace

LinkScan scan_links(const LinkScanTask& task, const std::stop_token& stop,
                    std::atomic<std::uint64_t>* entries_visited) {
  // Its buffer is too large for a thread's stack.
  const auto scan = std::make_unique<Scan>(task, stop, entries_visited);
  for (const std::string& root : task.roots) {
    if (scan->stopped()) break;
    scan->look_through(root);
  }
  return std::move(*scan).result();
}

}  // namespace purposewatch
