// Directories within directories, deeper than a path can say.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "rules/base/descriptor.h"

namespace purposewatch {

class DeepDirectory {
 public:
  // Makes the levels below an existing directory, each with this name.
  DeepDirectory(const std::string& top, std::string name, std::size_t levels)
      : name_(std::move(name)), levels_(levels), bottom_(open_directory(AT_FDCWD, top)) {
    for (std::size_t i = 0; i < levels; ++i) {
      EXPECT_EQ(mkdirat(bottom_.get(), name_.c_str(), 0755), 0);
      bottom_ = open_directory(bottom_.get(), name_);
    }
  }
  // Takes them away again, when nothing else lies there any more.
  ~DeepDirectory() {
    for (std::size_t i = 0; i < levels_; ++i) {
      bottom_ = open_directory(bottom_.get(), "..");
      EXPECT_EQ(unlinkat(bottom_.get(), name_.c_str(), AT_REMOVEDIR), 0);
    }
  }
  DeepDirectory(const DeepDirectory&) = delete;
  DeepDirectory& operator=(const DeepDirectory&) = delete;

  int bottom() const { return bottom_.get(); }

 private:
  static Descriptor open_directory(int parent, const std::string& name) {
    Descriptor directory(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_TRUE(directory) << name;
    return directory;
  }

  const std::string name_;
  const std::size_t levels_;
  Descriptor bottom_;
};

}  // namespace purposewatch
