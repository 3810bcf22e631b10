#include "agent/kernel/pins.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

// No dot may be in a name there.
constexpr std::string_view kUnfinished = "unfinished-";
constexpr const char* kUsualRoot = "/sys/fs/bpf";

bool is_bpf_file_system(const std::string& path) {
  struct statfs status {};
  return statfs(path.c_str(), &status) == 0 && status.f_type == BPF_FS_MAGIC;
}

Result<void> mount_at(const std::string& path) {
  if (mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") == 0)
    return {};
  return fail(fmt::format("cannot mount a BPF file system at {}: {}", path, std::strerror(errno)));
}

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (mkdir(path.c_str(), 0700) == 0) return {};
  struct stat status {};
  if (errno != EEXIST || lstat(path.c_str(), &status) != 0)
    return fail(fmt::format("cannot make {}: {}", path, std::strerror(errno)));
  if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0)
    return fail(fmt::format("{} must be a directory of the agent's user alone", path));
  return {};
}

std::string as_name(std::string_view text) {
  std::string name(text);
  std::ranges::replace(name, '.', '_');
  return name;
}

}  // namespace

Result<Pins> Pins::open(std::string directory) {
  if (fs::path(directory).parent_path() == kUsualRoot && !is_bpf_file_system(kUsualRoot))
    if (auto mounted = mount_at(kUsualRoot); !mounted) return tl::unexpected(mounted.error());
  if (auto made = make_directory(directory); !made) return tl::unexpected(made.error());
  if (!is_bpf_file_system(directory))
    if (auto mounted = mount_at(directory); !mounted) return tl::unexpected(mounted.error());
  return Pins(std::move(directory));
}

std::vector<std::string> Pins::sensors() const {
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error))
    if (std::string name = entry.path().filename(); entry.is_directory() && !name.starts_with(kUnfinished))
      all.push_back(std::move(name));
  return all;
}

bool Pins::has(const std::string& sensor) const {
  std::error_code error;
  return fs::is_directory(directory_ + "/" + sensor, error);
}

Result<void> Pins::begin(const std::string& sensor) {
  remove_unfinished();
  begun_ = sensor;
  if (mkdir(path_of(sensor).c_str(), 0700) == 0) return {};
  return fail(fmt::format("cannot make {}: {}", path_of(sensor), std::strerror(errno)));
}

Result<void> Pins::finish(const std::string& sensor) {
  const std::string unfinished = path_of(sensor);
  begun_.clear();
  if (rename(unfinished.c_str(), path_of(sensor).c_str()) == 0) return {};
  return fail(fmt::format("cannot rename {}: {}", unfinished, std::strerror(errno)));
}

Result<void> Pins::remove(const std::string& sensor) const {
  std::error_code error;
  fs::remove_all(directory_ + "/" + sensor, error);
  if (!error) return {};
  return fail(fmt::format("cannot remove {}/{}: {}", directory_, sensor, error.message()));
}

void Pins::remove_unfinished() const {
  std::error_code error;
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(directory_, error))
    if (entry.path().filename().string().starts_with(kUnfinished)) unfinished.push_back(entry.path());
  for (const fs::path& path : unfinished) fs::remove_all(path, error);
}

std::string Pins::path_of(const std::string& sensor) const {
  return fmt::format("{}/{}{}", directory_, sensor == begun_ ? kUnfinished : "", sensor);
}

std::string Pins::path_of_program(const std::string& sensor, std::string_view program) const {
  return fmt::format("{}/program_{}", path_of(sensor), as_name(program));
}

std::vector<std::string> Pins::links_of(const std::string& sensor) const {
  std::vector<std::string> links;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_of(sensor), error))
    if (entry.path().filename().string().starts_with("link_")) links.push_back(entry.path());
  return links;
}

std::string Pins::path_of_map(const std::string& sensor, std::string_view map) const {
  return fmt::format("{}/map_{}", path_of(sensor), as_name(map));
}

std::string Pins::path_of_link(const std::string& sensor, std::string_view link) const {
  return fmt::format("{}/link_{}", path_of(sensor), as_name(link));
}

}  // namespace purposewatch
