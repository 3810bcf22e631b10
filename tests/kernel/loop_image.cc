#include "tests/kernel/loop_image.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <cstdlib>

namespace purposewatch::testing {

std::unique_ptr<LoopImage> LoopImage::make(const std::string& image, std::string& why_not) {
  std::unique_ptr<LoopImage> made(new LoopImage());
  const std::string command = "mkfs.ext4 -q -F " + image + " 1M >/dev/null 2>&1";
  why_not = "no mkfs.ext4";
  if (std::system(command.c_str()) != 0) return nullptr;
  why_not = "no loop devices";
  const Descriptor control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const int number = control ? ioctl(control.get(), LOOP_CTL_GET_FREE) : -1;
  if (number < 0) return nullptr;
  made->device_ = "/dev/loop" + std::to_string(number);
  made->loop_ = Descriptor(open(made->device_.c_str(), O_RDWR | O_CLOEXEC));
  const Descriptor file(open(image.c_str(), O_RDWR | O_CLOEXEC));
  loop_config config{};
  config.fd = static_cast<__u32>(file.get());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  image.copy(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE - 1);
  why_not = "the loop device cannot be configured";
  if (ioctl(made->loop_.get(), LOOP_CONFIGURE, &config) != 0) return nullptr;
  return made;
}

LoopImage::~LoopImage() {
  if (!directory_.empty()) umount2(directory_.c_str(), MNT_DETACH);
}

bool LoopImage::mount_at(const std::string& directory) {
  if (mount(device_.c_str(), directory.c_str(), "ext4", 0, nullptr) != 0) return false;
  directory_ = directory;
  return true;
}

bool LoopImage::unmount() {
  return umount(std::exchange(directory_, "").c_str()) == 0;
}

}  // namespace purposewatch::testing
