#include "agent/daemon/host.h"

#include <unistd.h>

#include <array>
#include <fstream>

namespace purposewatch {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

std::shared_ptr<const HostIdentity> read_host_identity() {
  auto host = std::make_shared<HostIdentity>();
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) host->name = name.data();
  host->id = first_line("/etc/machine-id");
  host->boot_id = first_line("/proc/sys/kernel/random/boot_id");
  return host;
}

}  // namespace purposewatch
