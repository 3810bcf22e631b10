// Files outside all stores that hold client data, as the kernel takes them to (bpf/derived.h): whoever reads
// one carries that, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/kernel/inode_key.h"
#include "agent/kernel/sensor.h"
#include "rules/base/result.h"

namespace purposewatch {

// A copy of client data that nobody had permitted.
struct DerivedFile {
  InodeKey file;
  std::string path;              // where it was when it was written; raw bytes
  std::set<std::string> stores;  // whose data it holds, by name

  bool operator==(const DerivedFile&) const = default;
};

class DerivedFiles {
 public:
  explicit DerivedFiles(Sensor& sensor) : sensor_(sensor) {}

  // The kernel knows; to be known after a restart, too. Without room the one that was written first is
  // dropped.
  void remember(DerivedFile file);
  // What is in there was permitted to be copied, or is where it belongs: nobody carries anything for reading
  // it.
  void forget(const InodeKey& file);

  // Since the last call of all().
  bool have_changed() const { return have_changed_; }
  std::vector<DerivedFile> all();
  // Makes the kernel know them again. `number_of`: of a store, for the kernel; nothing when the policy has
  // none of that name. A file that lies where it was, under another number of its device, is the same one.
  Result<void> restore(std::vector<DerivedFile> files, const std::map<std::string, std::uint32_t>& number_of);

 private:
  static constexpr std::size_t kFilesMax = PW_DERIVED_FILES_MAX;

  Sensor& sensor_;
  std::map<InodeKey, std::pair<std::uint64_t, DerivedFile>> files_;  // with what numbers them by time
  std::uint64_t next_ = 0;
  bool have_changed_ = false;
};

}  // namespace purposewatch
