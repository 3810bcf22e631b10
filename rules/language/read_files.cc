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
#include "rules/language/custody.h"
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
constexpr std::size_t kAllBytesMax = std::size_t{16} << 20;

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
  FileReader(const FileDemands& demands, Diagnostics& diagnostics)
      : demands_(demands), diagnostics_(diagnostics) {}

  // wanted_at: where it is included; no file: by whoever started the program.
  void read(const std::string& path, const Position& wanted_at) {
    std::error_code error;
    const bool is_directory = fs::is_directory(path, error);
    const std::string directory = is_directory ? path : fs::path(path).parent_path().string();
    if (!is_no_link(path, wanted_at) || !is_directory_in_custody(path, directory, wanted_at)) return;
    if (!is_directory) return read_one(path, wanted_at);
    for (const std::string& file : list_directory(path, diagnostics_)) read_one(file, wanted_at);
  }
  std::vector<PolicyText> take() { return std::move(texts_); }

 private:
  using Custody = FileDemands::Custody;

  void refuse(const std::string& path, const Position& wanted_at, const std::string& why) {
    if (wanted_at.file.empty())
      diagnostics_.error({path, 0, 0}, why);
    else
      diagnostics_.error(wanted_at, "'" + path + "' " + why);
  }

  // False: it is refused for that.
  bool complain(const std::string& path, const Position& wanted_at, const std::string& why) {
    if (demands_.custody == Custody::kWarnUnlessOurs)
      diagnostics_.warning({path, 0, 0}, "run refuses it: " + why);
    if (demands_.custody == Custody::kOurs) refuse(path, wanted_at, why);
    return demands_.custody != Custody::kOurs;
  }

  bool is_no_link(const std::string& path, const Position& wanted_at) {
    struct stat status {};
    if (demands_.custody == Custody::kAnybodys || lstat(path.c_str(), &status) != 0) return true;
    return !S_ISLNK(status.st_mode) || complain(path, wanted_at, "is a symbolic link");
  }

  bool is_directory_in_custody(const std::string& path, const std::string& directory,
                               const Position& wanted_at) {
    if (demands_.custody == Custody::kAnybodys || !checked_.insert(directory).second) return true;
    const std::string why = why_directory_is_not_ours(directory);
    return why.empty() || complain(path, wanted_at, "others could exchange it: " + why);
  }

  // The bytes of a regular file; what is longer than a policy may be is cut, but not so far that it would
  // fit.
  std::optional<std::string> read_file(const std::string& path, const Position& wanted_at) {
    const auto cannot = [&](const std::string& why) {
      refuse(path, wanted_at, why);
      return std::nullopt;
    };
    if (!is_no_link(path, wanted_at)) return std::nullopt;
    // O_NONBLOCK: a pipe put in the policy's place must not hang the agent.
    const int no_links = demands_.custody == Custody::kOurs ? O_NOFOLLOW : 0;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | no_links));
    if (!file) return cannot("cannot be read: " + reason(errno));
    // Of what is open, whatever lies there under its name by now.
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return cannot("cannot be read: " + reason(errno));
    if (!S_ISREG(status.st_mode)) return cannot("not a regular file");
    if (const std::string why = why_not_ours(status); !why.empty() && !complain(path, wanted_at, why))
      return std::nullopt;
    std::string bytes;
    std::array<char, 65536> buffer{};
    // One byte more than is allowed is enough for read_yaml to refuse the file.
    while (bytes.size() <= kPolicyBytesMax) {
      const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return cannot("cannot be read: " + reason(errno));
      if (got == 0) break;
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return bytes;
  }

  bool is_signed(const std::string& path, const std::string& bytes, const Position& wanted_at) {
    if (demands_.key == nullptr) return true;
    const auto signature = read_file(path + ".sig", wanted_at);
    if (!signature) return false;
    if (demands_.key->has_signed(bytes, *signature)) return true;
    refuse(path, wanted_at, "is not what was signed, or by another key");
    return false;
  }

  void read_one(const std::string& path, const Position& wanted_at) {
    if (!is_no_link(path, wanted_at)) return;
    std::error_code error;
    const fs::path canonical = fs::canonical(path, error);
    if (!seen_.insert(error ? path : canonical.string()).second) return;
    if (seen_.size() > kFilesMax) {
      if (seen_.size() == kFilesMax + 1)
        diagnostics_.error({path, 0, 0}, "more than " + std::to_string(kFilesMax) + " files");
      return;
    }
    auto bytes = read_file(path, wanted_at);
    if (!bytes) return;
    bytes_ += bytes->size();
    if (bytes_ > kAllBytesMax) {
      if (bytes_ - bytes->size() <= kAllBytesMax)
        diagnostics_.error({path, 1, 1}, "all files together are larger than 16 MiB");
      return;
    }
    if (!is_signed(path, *bytes, wanted_at)) return;
    PolicyText text{path, std::move(*bytes)};
    Diagnostics said_later;  // when it is read for good
    if (const auto root = read_yaml(text, said_later))
      for (const Word& include : words(*root, "include"))
        read((fs::path(path).parent_path() / include.text).string(), include.at);
    texts_.push_back(std::move(text));
  }

  const FileDemands& demands_;
  Diagnostics& diagnostics_;
  std::set<std::string> seen_, checked_;  // files; directories
  std::size_t bytes_ = 0;                 // so far
  std::vector<PolicyText> texts_;
};

}  // namespace

std::vector<PolicyText> read_policy_files(const std::vector<std::string>& paths, const FileDemands& demands,
                                          Diagnostics& diagnostics) {
  FileReader reader(demands, diagnostics);
  for (const std::string& path : paths) reader.read(path, {});
  return reader.take();
}

}  // namespace purposewatch
