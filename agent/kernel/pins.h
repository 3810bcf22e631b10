// Where sensors stay when their agent ends: a directory in a BPF file system (bpf(2), BPF_OBJ_PIN), in which
// each sensor has one of its own, with its maps and links. What is pinned there goes on to work, and to fill
// its ring, until it is removed or the host is switched off.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/base/result.h"

struct bpf_link;
struct bpf_map;

namespace purposewatch {

class Pins {
 public:
  // Makes the directory, which only root may enter. Where no BPF file system is, one is mounted: at
  // /sys/fs/bpf for a directory below that, and else at the directory itself.
  static Result<Pins> open(std::string directory);

  const std::string& directory() const { return directory_; }
  // Those that are there, and were pinned whole.
  std::vector<std::string> sensors() const;
  bool has(const std::string& sensor) const;

  // A sensor is pinned under another name first, and has its own once it is whole.
  Result<void> begin(const std::string& sensor);
  Result<void> finish(const std::string& sensor);
  // Ends it, unless somebody else holds on to it.
  Result<void> remove(const std::string& sensor) const;
  // Whatever was begun and not finished.
  void remove_unfinished() const;

  // Of the sensor that was begun last, or else of a whole one.
  std::string path_of_map(const std::string& sensor, std::string_view map) const;
  std::string path_of_link(const std::string& sensor, std::string_view link) const;
  std::string path_of_program(const std::string& sensor, std::string_view program) const;
  std::vector<std::string> links_of(const std::string& sensor) const;  // paths

 private:
  explicit Pins(std::string directory) : directory_(std::move(directory)) {}
  std::string path_of(const std::string& sensor) const;

  std::string directory_;
  std::string begun_;  // empty: none
};

}  // namespace purposewatch
