#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "agent/safeguards/safeguard.h"
#include "agent/subject/users.h"

namespace purposewatch {
namespace {

std::optional<FileSystemRoom> room_of(const std::string& path) {
  struct statvfs room {};
  if (statvfs(path.c_str(), &room) != 0) return std::nullopt;
  return FileSystemRoom{.bytes = room.f_blocks * room.f_frsize,
                        .free_bytes = room.f_bavail * room.f_frsize,
                        .inodes = room.f_files,
                        .free_inodes = room.f_favail};
}

std::optional<std::uint64_t> mount_id_of(const std::string& path) {
  struct statx status {};
  if (statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0 ||
      (status.stx_mask & STATX_MNT_ID) == 0)
    return std::nullopt;
  return status.stx_mnt_id;
}

// A reading call needs no privilege. TIME_ERROR: nobody sets the clock, or it is off by far.
std::optional<bool> is_synchronised() {
  timex clock{};
  const int state = adjtimex(&clock);
  if (state < 0) return std::nullopt;
  return state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

}  // namespace

HostCalls real_host_calls() {
  return {.room = room_of,
          .mount_id = mount_id_of,
          .clock_is_synchronised = is_synchronised,
          .user_name = user_name};
}

}  // namespace purposewatch
