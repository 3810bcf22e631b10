// A tree that looks like /sys as far as block devices go, laid out as Linux does it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {

class FakeSysfs {
 public:
  const std::string& path() const { return tree_.path(); }

  void disk(const std::string& name, const std::string& number) {
    add(name, number, "devices/virtual/block/" + name);
    std::filesystem::create_directory(directory(name) / "slaves");
  }
  void partition(const std::string& disk, const std::string& name, const std::string& number) {
    add(name, number, places_.at(disk) + "/" + name);
    attribute(name, "partition", "1\n");
  }
  // `upper` is made of `lower`.
  void stack(const std::string& upper, const std::string& lower) {
    std::filesystem::create_symlink(directory(lower), directory(upper) / "slaves" / lower);
    std::filesystem::create_symlink(directory(upper), directory(lower) / "holders" / upper);
  }
  void attribute(const std::string& name, const std::string& attribute, const std::string& text) {
    std::filesystem::create_directories((directory(name) / attribute).parent_path());
    tree_.write(places_.at(name) + "/" + attribute, text);
  }
  void btrfs(const std::string& uuid, const std::vector<std::string>& names) {
    const auto devices = std::filesystem::path(tree_ / "fs/btrfs") / uuid / "devices";
    std::filesystem::create_directories(devices);
    for (const std::string& name : names) std::filesystem::create_symlink(directory(name), devices / name);
  }
  std::filesystem::path directory(const std::string& name) const { return tree_ / places_.at(name); }

 private:
  void add(const std::string& name, const std::string& number, const std::string& place) {
    places_[name] = place;
    std::filesystem::create_directories(directory(name) / "holders");
    attribute(name, "dev", number + "\n");
    for (const std::string& link : {"dev/block/" + number, "class/block/" + name}) {
      std::filesystem::create_directories(std::filesystem::path(tree_ / link).parent_path());
      std::filesystem::create_symlink("../../" + place, tree_ / link);
    }
  }

  TempDir tree_;
  std::map<std::string, std::string> places_;  // below the root, by name
};

}  // namespace purposewatch
