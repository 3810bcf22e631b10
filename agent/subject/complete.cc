#include "agent/subject/complete.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "agent/subject/unit.h"

namespace purposewatch {
namespace {

constexpr std::size_t kArgumentBytesMax = 4096;
constexpr std::size_t kArgumentsMax = 64;

std::string read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(bytes_max, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes_max));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

// Field 22 of /proc/PID/stat: start after boot, in clock ticks (proc(5)). The name in field 2 may hold
// anything, so counting begins behind its last ')'.
std::optional<std::uint64_t> start_ticks(const std::string& stat) {
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos) return std::nullopt;
  for (int field = 2; field < 22; ++field) {
    at = stat.find(' ', at + 1);
    if (at == std::string::npos) return std::nullopt;
  }
  std::uint64_t ticks = 0;
  const char* begin = stat.data() + at + 1;
  if (std::from_chars(begin, stat.data() + stat.size(), ticks).ec != std::errc()) return std::nullopt;
  return ticks;
}

bool is_same_process(const Subject& subject, const std::string& directory) {
  const auto ticks = start_ticks(read_file(directory + "/stat", 1024));
  const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return ticks && *ticks == subject.start_boot_ns / (1'000'000'000 / per_second);
}

std::vector<std::string> split_arguments(const std::string& bytes) {
  std::vector<std::string> arguments;
  for (std::size_t start = 0; start < bytes.size() && arguments.size() < kArgumentsMax;) {
    const std::size_t end = std::min(bytes.find('\0', start), bytes.size());
    arguments.push_back(bytes.substr(start, end - start));
    start = end + 1;
  }
  return arguments;
}

}  // namespace

Subject complete(Subject recorded, std::string program, Users& users, const std::string& proc_root) {
  recorded.program = std::move(program);
  recorded.user = users.name_of(recorded.euid);
  recorded.real_user = users.name_of(recorded.uid);
  if (recorded.login_uid != kUnsetId) recorded.login_user = users.name_of(recorded.login_uid);
  recorded.unit = unit_of_cgroup(recorded.cgroup);
  const std::string directory = fmt::format("{}/{}", proc_root, recorded.pid);
  std::string arguments = read_file(directory + "/cmdline", kArgumentBytesMax);
  // Looked at after reading: the pid may have been given away in between, but not given back.
  if (is_same_process(recorded, directory)) recorded.args = split_arguments(arguments);
  return recorded;
}

}  // namespace purposewatch
