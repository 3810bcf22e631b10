// Files that were written at some moment.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <string>

#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {

// path: of what is there already, as the host has it. ago: before the host's time; may be negative.
inline void set_written(const FakeHost& host, const std::string& path, std::chrono::seconds ago) {
  const timespec time{.tv_sec = host.view.wall_ns / 1'000'000'000 - ago.count(), .tv_nsec = 0};
  const timespec times[2] = {time, time};
  if (utimensat(AT_FDCWD, host.view.path(path).c_str(), times, 0) != 0) throw std::runtime_error(path);
}

inline void write_file(const FakeHost& host, const std::string& path, const std::string& text,
                       std::chrono::seconds ago) {
  host.file(path, text);
  set_written(host, path, ago);
}

}  // namespace purposewatch
