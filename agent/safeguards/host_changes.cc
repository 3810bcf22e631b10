#include "agent/safeguards/host_changes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>

namespace purposewatch {
namespace {

// Where sessions are noted: systemd-logind's, and the older list.
constexpr std::array<const char*, 2> kLogins = {"/run/systemd/sessions", "/run/utmp"};
constexpr std::uint32_t kLoginEvents = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MODIFY;
constexpr std::uint32_t kStoreEvents = IN_ATTRIB | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

constexpr std::chrono::minutes kSearchInterval{1};

// Files come and go in a store's directory all the time.
bool is_of_interest(const inotify_event& event) {
  return event.len == 0 || (event.mask & (IN_ISDIR | IN_ATTRIB)) != 0;
}

}  // namespace

// Shared with a search that may not come back.
struct HostChangeWatch::Files {
  Descriptor inotify{inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  std::atomic<bool> is_searched = false;
  std::mutex mutex;
  std::vector<int> stores;  // watches at directories that are there
};

HostChangeWatch::HostChangeWatch(std::string root)
    : root_(std::move(root)),
      bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      files_(std::make_shared<Files>()) {
  if (!root_.empty()) return;
  mounts_ = Descriptor(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  swaps_ = Descriptor(open("/proc/swaps", O_RDONLY | O_CLOEXEC));
  udev_.reset(udev_new());
  // As the kernel tells them: what udev makes of them may come late, or not at all.
  if (udev_) devices_.reset(udev_monitor_new_from_netlink(udev_.get(), "kernel"));
  if (devices_ && udev_monitor_enable_receiving(devices_.get()) < 0) devices_.reset();
}

void HostChangeWatch::use(std::vector<std::string> directories) {
  directories_ = std::move(directories);
  next_search_ = {};
}

bool HostChangeWatch::wants_search() const {
  return std::chrono::steady_clock::now() >= next_search_ && !files_->is_searched;
}

std::function<void()> HostChangeWatch::search() {
  next_search_ = std::chrono::steady_clock::now() + kSearchInterval;
  // md tells of a disk that fails here, and nowhere else. The file comes with the first array.
  if (root_.empty() && !arrays_) arrays_ = Descriptor(open("/proc/mdstat", O_RDONLY | O_CLOEXEC));
  files_->is_searched = true;
  return [files = files_, root = root_, directories = directories_] {
    for (const char* place : kLogins)
      inotify_add_watch(files->inotify.get(), (root + place).c_str(), kLoginEvents);
    std::vector<int> watches;
    for (const std::string& directory : directories)
      if (const int watch = inotify_add_watch(files->inotify.get(), (root + directory).c_str(), kStoreEvents);
          watch >= 0)
        watches.push_back(watch);
    const std::lock_guard lock(files->mutex);
    for (const int watch : files->stores)
      if (std::find(watches.begin(), watches.end(), watch) == watches.end())
        inotify_rm_watch(files->inotify.get(), watch);
    files->stores = std::move(watches);
    files->is_searched = false;
  };
}

HostChanges HostChangeWatch::wait(std::chrono::milliseconds patience) {
  // A negative descriptor is left out.
  std::array<pollfd, 6> polled = {{{bell_.get(), POLLIN, 0},
                                   {files_->inotify.get(), POLLIN, 0},
                                   {mounts_.get(), POLLPRI, 0},
                                   {arrays_.get(), POLLPRI, 0},
                                   {swaps_.get(), POLLPRI, 0},
                                   {devices_ ? udev_monitor_get_fd(devices_.get()) : -1, POLLIN, 0}}};
  if (poll(polled.data(), polled.size(), static_cast<int>(patience.count())) <= 0) return 0;
  unsigned changes = 0;
  if (polled[0].revents != 0) {
    eventfd_t rung = 0;
    eventfd_read(bell_.get(), &rung);
    changes |= mask_of(HostChange::kAgent);
  }
  if (polled[1].revents != 0) changes |= take_files();
  if (polled[2].revents != 0) {
    changes |= mask_of(HostChange::kMounts);
    next_search_ = {};  // other directories have the same names now
  }
  if (polled[3].revents != 0) changes |= take_arrays();
  if (polled[4].revents != 0) changes |= mask_of(HostChange::kDevices);
  if (polled[5].revents != 0) changes |= take_devices();
  return static_cast<HostChanges>(changes);
}

void HostChangeWatch::wake() const {
  eventfd_write(bell_.get(), 1);
}

HostChanges HostChangeWatch::take_devices() {
  next_search_ = {};  // the first array brings its list
  while (const std::unique_ptr<udev_device, Unref> device{udev_monitor_receive_device(devices_.get())}) {
  }
  return mask_of(HostChange::kDevices);
}

// What is read has been heard.
HostChanges HostChangeWatch::take_arrays() {
  std::array<char, 4096> text{};
  lseek(arrays_.get(), 0, SEEK_SET);
  while (read(arrays_.get(), text.data(), text.size()) > 0) {
  }
  return mask_of(HostChange::kDevices);
}

HostChanges HostChangeWatch::take_files() {
  alignas(inotify_event) std::array<std::byte, 4096> bytes;
  unsigned changes = 0;
  const std::lock_guard lock(files_->mutex);
  for (;;) {
    const ssize_t count = read(files_->inotify.get(), bytes.data(), bytes.size());
    if (count <= 0) return static_cast<HostChanges>(changes);
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      if ((event->mask & IN_Q_OVERFLOW) != 0)
        changes |= mask_of(HostChange::kStores) | mask_of(HostChange::kLogins);
      else if ((event->mask & IN_IGNORED) != 0)
        next_search_ = {};
      else if (std::find(files_->stores.begin(), files_->stores.end(), event->wd) == files_->stores.end())
        changes |= mask_of(HostChange::kLogins);
      else if (is_of_interest(*event))
        changes |= mask_of(HostChange::kStores);
      if ((event->mask & IN_MOVE_SELF) != 0) next_search_ = {};
      at += sizeof(inotify_event) + event->len;
    }
  }
}

}  // namespace purposewatch
