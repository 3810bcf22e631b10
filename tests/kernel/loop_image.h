// A file system in an image, with a loop device over it: for tests that want a block device, or one that can
// be unmounted. Nothing stays however the test ends: mounts are this process's alone, and the loop device
// goes with the last of them and this object.
#pragma once

#include <memory>
#include <string>

#include "rules/base/descriptor.h"

namespace purposewatch::testing {

class LoopImage {
 public:
  // An ext4 of a megabyte in a new file at `image`. Null, with the reason, where one cannot be had.
  static std::unique_ptr<LoopImage> make(const std::string& image, std::string& why_not);
  ~LoopImage();
  LoopImage(const LoopImage&) = delete;
  LoopImage& operator=(const LoopImage&) = delete;

  bool mount_at(const std::string& directory);
  bool unmount();  // where it was mounted last
  const std::string& device() const { return device_; }

 private:
  LoopImage() = default;

  std::string device_, directory_;
  Descriptor loop_;
};

}  // namespace purposewatch::testing
