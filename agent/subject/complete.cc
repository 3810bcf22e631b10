#include "agent/subject/complete.h"

#include <fmt/format.h>

#include <fstream>

#include "agent/subject/process_start.h"
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

bool is_same_process(const Subject& subject, const std::string& directory) {
  const auto ticks = start_ticks(read_file(directory + "/stat", 1024));
  return ticks && *ticks == subject.start_boot_ns / ns_per_tick();
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
  recorded.group = users.group_name_of(recorded.gid);
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
