#include "agent/daemon/state_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace purposewatch {

Result<Descriptor> hold_state_dir(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, error);
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
      return fail(fmt::format("cannot make the state directory {}: {}", path, std::strerror(errno)));
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return fail(fmt::format("the state directory {} is no directory", path));
  if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
    return fail(fmt::format(
        "the state directory {} must belong to this user and be closed to others (chmod 700)", path));
  Descriptor lock(open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail(fmt::format("cannot open {}/lock: {}", path, std::strerror(errno)));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(fmt::format("another agent is running with the state directory {}", path));
  return lock;
}

}  // namespace purposewatch
