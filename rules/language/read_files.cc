#include "rules/language/read_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "rules/base/descriptor.h"
#include "rules/language/read_yaml.h"
#include "rules/language/words.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
  return std::generic_category().message(error);
}

// A policy is written by people.
constexpr std::size_t kFilesMax = 1000;

// The bytes of a regular file; what is longer than a policy may be is cut, but not so far that it would fit.
std::optional<std::string> read_file(const std::string& path, const Position& wanted_at,
                                     Diagnostics& diagnostics) {
  const auto refuse = [&](const std::string& why) {
    if (wanted_at.file.empty())
      diagnostics.error({path, 0, 0}, why);
    else
      diagnostics.error(wanted_at, "'" + path + "' " + why);
    return std::nullopt;
  };
  // O_NONBLOCK: a pipe put in the policy's place must not hang the agent.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return refuse("cannot be read: " + reason(errno));
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
  return bytes;
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

// Files, each once, and before it the files that it includes.
class FileReader {
 public:
  explicit FileReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  // wanted_at: where it is included; no file: by whoever started the program.
  void read(const std::string& path, const Position& wanted_at) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return read_one(path, wanted_at);
    for (const std::string& file : list_directory(path, diagnostics_)) read_one(file, wanted_at);
  }
  std::vector<PolicyText> take() { return std::move(texts_); }

 private:
  void read_one(const std::string& path, const Position& wanted_at) {
    std::error_code error;
    const fs::path canonical = fs::canonical(path, error);
    if (!seen_.insert(error ? path : canonical.string()).second) return;
    if (seen_.size() > kFilesMax) {
      if (seen_.size() == kFilesMax + 1)
        diagnostics_.error({path, 0, 0}, "more than " + std::to_string(kFilesMax) + " files");
      return;
    }
    auto bytes = read_file(path, wanted_at, diagnostics_);
    if (!bytes) return;
    PolicyText text{path, std::move(*bytes)};
    Diagnostics said_later;  // when it is read for good
    if (const auto root = read_yaml(text, said_later))
      for (const Word& include : words(*root, "include"))
        read((fs::path(path).parent_path() / include.text).string(), include.at);
    texts_.push_back(std::move(text));
  }

  Diagnostics& diagnostics_;
  std::set<std::string> seen_;
  std::vector<PolicyText> texts_;
};

}  // namespace

std::vector<PolicyText> read_policy_files(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  FileReader reader(diagnostics);
  for (const std::string& path : paths) reader.read(path, {});
  return reader.take();
}

}  // namespace purposewatch
