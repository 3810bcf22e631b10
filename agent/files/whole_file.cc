#include "agent/files/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

tl::unexpected<Error> failed(const char* what, const std::string& path) {
  return fail(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

Result<void> sync_directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || fsync(opened.get()) != 0) return failed("sync", directory);
  return {};
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: a pipe in the file's place must not hang the agent.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return failed("read", path);
  if (!S_ISREG(status.st_mode)) return fail(path + " is not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > bytes_max) return fail(fmt::format("{} is larger than {} bytes", path, bytes_max));
  std::string bytes(size, '\0');
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  bytes.resize(length);
  return bytes;
}

Result<void> write_whole_file(const std::string& path, const std::string& bytes) {
  const std::string temporary = path + ".new";
  {
    const Descriptor file(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return failed("write", temporary);
    std::size_t written = 0;
    while (written < bytes.size()) {
      const ssize_t count = write(file.get(), bytes.data() + written, bytes.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("write", temporary);
      written += static_cast<std::size_t>(count);
    }
    if (fsync(file.get()) != 0) return failed("sync", temporary);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed("replace", path);
  return sync_directory_of(path);
}

}  // namespace purposewatch
