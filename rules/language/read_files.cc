#include "rules/language/read_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "rules/language/read_yaml.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
  return std::generic_category().message(error);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void read_file(const std::string& path, std::vector<PolicyText>& texts, Diagnostics& diagnostics) {
  const auto refuse = [&](const std::string& why) { diagnostics.error({path, 0, 0}, why); };
  // O_NONBLOCK: a pipe put in the policy's place must not hang the agent.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return refuse("cannot be read: " + reason(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return refuse("cannot be read: " + reason(errno));
  if (!S_ISREG(status.st_mode)) return refuse("not a regular file");
  std::string bytes;
  std::array<char, 65536> buffer{};
  // One byte more than is allowed is enough for read_yaml to refuse the file.
  while (bytes.size() <= kPolicyBytesMax) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse("cannot be read: " + reason(errno));
    if (got == 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  texts.push_back({path, std::move(bytes)});
}

std::vector<std::string> list_directory(const std::string& path, Diagnostics& diagnostics) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (name.extension() == ".yaml" && name.string().front() != '.') files.push_back(entry->path().string());
  }
  if (error)
    diagnostics.error({path, 0, 0}, "cannot be listed: " + error.message());
  else if (files.empty())
    diagnostics.error({path, 0, 0}, "holds no *.yaml file");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<PolicyText> read_policy_files(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  std::vector<PolicyText> texts;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      read_file(path, texts, diagnostics);
      continue;
    }
    for (const std::string& file : list_directory(path, diagnostics)) read_file(file, texts, diagnostics);
  }
  return texts;
}

}  // namespace purposewatch
