// What dpkg has written down of the files that a package has installed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

// Digests by path, without the /usr that /bin, /sbin and /lib may be links into: what is the same file on a
// host with merged directories has one name here.
class PackageDigests {
 public:
  // Nothing when dpkg does not know the package.
  static std::optional<PackageDigests> read(const HostView& host, const std::string& package);

  // Lower case hexadecimal MD5 of a file of the package; null: it is none.
  const std::string* find(const std::string& path) const;

 private:
  std::map<std::string, std::string> digests_;
};

// Lower case hexadecimal MD5 of a regular file of the host; nothing when it cannot be read.
std::optional<std::string> md5_of_file(const HostView& host, const std::string& path);

}  // namespace purposewatch
