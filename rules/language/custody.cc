#include "rules/language/custody.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

std::string why_not_all_ours(const fs::path& absolute) {
  fs::path above;
  for (const fs::path& part : absolute) {
    above /= part;
    struct stat status {};
    if (lstat(above.c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0) status.st_mode &= ~kOthersWrite;
    if (const std::string why = why_not_ours(status); !why.empty()) return above.string() + " " + why;
  }
  return {};
}

}  // namespace

std::string why_not_ours(const struct stat& status) {
  if (status.st_uid != 0 && status.st_uid != geteuid())
    return "belongs to the user of the id " + std::to_string(status.st_uid) + ", not to root";
  if ((status.st_mode & kOthersWrite) != 0 && !S_ISLNK(status.st_mode))
    return "is writable by others (chmod go-w)";
  return {};
}

std::string why_directory_is_not_ours(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path.empty() ? "." : path, error);
  if (error) return {};
  if (std::string why = why_not_all_ours(absolute); !why.empty()) return why;
  const fs::path canonical = fs::canonical(absolute, error);
  return error ? "" : why_not_all_ours(canonical);
}

}  // namespace purposewatch
