// What has changed in a list of mounts since it was last looked at.
#pragma once

#include <string>
#include <vector>

#include "agent/storage/mount_info.h"
#include "rules/base/descriptor.h"

namespace purposewatch {

// Where something was mounted, unmounted or given other options, each once: what is gone first, then what has
// come, in the order of the lists. A mount that was moved is gone from one place and has come to another.
std::vector<std::string> changed_points(const std::vector<MountInfo>& before,
                                        const std::vector<MountInfo>& after);

// Of one thread.
class MountChanges {
 public:
  // mount_info: path of a namespace's list, "/proc/1/mountinfo". Without it, nothing ever changes.
  explicit MountChanges(const std::string& mount_info);

  // Since the last call, or the start.
  std::vector<std::string> take();
  // Forgets what has been waiting since the last call of this: nobody came to take it.
  void let_go();

 private:
  bool has_changed();

  Descriptor list_;
  std::vector<MountInfo> known_;
  bool is_old_ = false;  // what has changed was so already at the last let_go
  bool is_pending_ = false;
};

}  // namespace purposewatch
