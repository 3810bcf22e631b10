// What every fuzz target needs.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace purposewatch {

// Ends the run, and keeps its input, unless it holds.
inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// One line that does nothing to a terminal.
inline bool is_visible_line(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

// A directory for what is read from files: beside the target, so that nothing is left elsewhere by one that
// was ended in the middle, and by its relative name, for sockets are too long otherwise.
class Scratch {
 public:
  explicit Scratch(const std::string& target) : path_(target + "_scratch") {
    std::filesystem::remove_all(path_);
    directory("");
    // In memory, where that is allowed: file systems wait for the disk when a file is written anew. Of this
    // process alone, so that it goes with it.
    if (unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
      is_mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "mode=0700") == 0;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (is_mounted_) umount2(path_.c_str(), MNT_DETACH);
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  void directory(const std::string& name) const {
    std::filesystem::create_directories(*this / name);
    std::filesystem::permissions(*this / name, std::filesystem::perms::owner_all);
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(*this / name); }

 private:
  std::string path_;
  bool is_mounted_ = false;
};

}  // namespace purposewatch
