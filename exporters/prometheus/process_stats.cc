#include "exporters/prometheus/process_stats.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "rules/base/read_text.h"

namespace purposewatch {
namespace {

// The number after `label` where a line begins with it.
double number_after(const std::string& text, std::string_view label) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(label)) continue;
    double value = 0;
    std::istringstream{line.substr(label.size())} >> value;
    return value;
  }
  return 0;
}

// The fields of /proc/<pid>/stat from the third on: the second is a name that may hold blanks and brackets.
std::vector<double> stat_fields(const std::string& stat) {
  std::vector<double> fields;
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return fields;
  std::istringstream rest{stat.substr(name_end + 1)};
  std::string state;
  rest >> state;
  fields.push_back(0);
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

std::uint64_t count_entries(const std::string& directory) {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry{directory, error}, end; !error && entry != end;
       entry.increment(error))
    ++count;
  return count;
}

}  // namespace

ProcessStats read_process_stats(const std::string& proc_dir) {
  ProcessStats stats;
  stats.open_fds = count_entries(proc_dir + "/fd");
  stats.max_fds = static_cast<std::uint64_t>(number_after(read_text(proc_dir + "/limits"), "Max open files"));
  // proc_pid_stat(5) counts fields from 1; the first of ours is number 3.
  const std::vector<double> fields = stat_fields(read_text(proc_dir + "/stat"));
  const auto field = [&](std::size_t number) {
    return fields.size() > number - 3 ? fields[number - 3] : 0.0;
  };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  stats.cpu_seconds = (field(14) + field(15)) / ticks;
  stats.threads = static_cast<std::uint64_t>(field(20));
  stats.virtual_bytes = static_cast<std::uint64_t>(field(23));
  stats.resident_bytes = static_cast<std::uint64_t>(field(24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  const std::string proc = std::filesystem::path{proc_dir}.parent_path();
  stats.start_time = number_after(read_text(proc + "/stat"), "btime ") + field(22) / ticks;
  return stats;
}

}  // namespace purposewatch
