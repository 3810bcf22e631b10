// A finding: access + who + verdict + why. What every sink receives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules/model/access.h"
#include "rules/model/subject.h"
#include "rules/model/verdict.h"

namespace purposewatch {

struct PolicyIdentity {
  std::string name;
  std::string version;
  std::string digest;  // lower-case hexadecimal SHA-256 over the policy's files
};

struct HostIdentity {
  std::string name;     // host name
  std::string id;       // machine-id
  std::string boot_id;  // of this boot
};

struct Finding {
  std::uint64_t sequence = 0;  // the kernel's own number of the access
  std::int64_t wall_ns = 0;    // nanoseconds since the epoch
  std::uint64_t boot_ns = 0;   // nanoseconds of boot time
  std::uint64_t count = 1;     // equal accesses this finding stands for; what is above is then the last one's
  std::int64_t first_wall_ns = 0;  // and this the first one's
  Access access;
  std::uint64_t file_inode = 0;
  std::uint32_t file_device = 0;  // as st_dev's major:minor packed by makedev(3)
  std::shared_ptr<const Subject> subject;
  Verdict verdict;
  std::vector<std::string> classes;  // of the store
  std::string incident;              // fingerprint of (store, who, reason): 16 hexadecimal digits
  std::string backend;               // which way in saw it: lsm, fentry, syscalls
  std::shared_ptr<const PolicyIdentity> policy;
  std::shared_ptr<const HostIdentity> host;
};

}  // namespace purposewatch
