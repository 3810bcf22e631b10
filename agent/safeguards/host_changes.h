// Waits until something happens on the host that a safeguard may want to look at.
#pragma once

#include <libudev.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/safeguards/all_safeguards.h"
#include "rules/base/descriptor.h"

namespace purposewatch {

// For one thread, except for wake().
class HostChangeWatch {
 public:
  // root: as of HostView. Of a tree that is no host's, there are no devices and mounts to hear of. What
  // cannot be watched is looked at by the clock alone.
  explicit HostChangeWatch(std::string root);

  // These directories (as the host has them) are watched from the next search on: their own attributes, and
  // those of what is in them.
  void use(std::vector<std::string> directories);

  // Is it time to search for what was not there before, or is another one by now?
  bool wants_search() const;
  // Does so. It owns all it needs, for it may hang; until it has come back, there is nothing to search.
  std::function<void()> search();

  // What has happened since the last call; nothing: `patience` has passed.
  HostChanges wait(std::chrono::milliseconds patience);
  // Ends a wait. Thread-safe.
  void wake() const;

 private:
  HostChanges take_devices();
  HostChanges take_arrays();
  HostChanges take_files();
  struct Unref {
    void operator()(udev* library) const { udev_unref(library); }
    void operator()(udev_monitor* monitor) const { udev_monitor_unref(monitor); }
    void operator()(udev_device* device) const { udev_device_unref(device); }
  };

  std::string root_;
  std::unique_ptr<udev, Unref> udev_;
  std::unique_ptr<udev_monitor, Unref> devices_;
  Descriptor mounts_, arrays_, swaps_, bell_;
  struct Files;
  std::shared_ptr<Files> files_;
  std::vector<std::string> directories_;
  std::chrono::steady_clock::time_point next_search_{};
};

}  // namespace purposewatch
