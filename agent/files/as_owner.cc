#include "agent/files/as_owner.h"

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

namespace purposewatch {

AsOwnerOf::AsOwnerOf(const std::string& directory) {
  struct stat status {};
  if (geteuid() != 0 || stat(directory.c_str(), &status) != 0 || status.st_uid == 0) return;
  is_changed_ = true;
  setfsgid(status.st_gid);  // first: the other takes the right to
  setfsuid(status.st_uid);
}

AsOwnerOf::~AsOwnerOf() {
  if (!is_changed_) return;
  setfsuid(geteuid());
  setfsgid(getegid());
}

}  // namespace purposewatch
