// Files in memory that can fail, fill up, and lose what was not synced: a disk as bad as disks may be.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "exporters/evidence/storage.h"

namespace purposewatch {

// Thrown by the operation at which the process is killed.
struct Killed {};

class MemoryStorage final : public Storage {
 public:
  struct Write {
    std::size_t offset;
    std::string bytes;
  };
  struct Inode {
    std::string bytes;            // as a reader sees it
    std::string synced;           // as it is on the medium
    std::vector<Write> unsynced;  // since
    std::uint64_t held = 0;       // bytes of the medium, at least its size
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  Result<std::vector<std::string>> list() override;
  Result<std::unique_ptr<StoredFile>> create(const std::string& name) override;
  Result<std::unique_ptr<StoredFile>> open(const std::string& name) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& name) override;
  Result<void> sync_names() override;
  Result<Space> space() override;

  // Operations that change something are counted; this is asked before each, and may throw Killed. What it
  // returns is the error of that operation; of a write, half of the bytes are written all the same.
  std::function<Result<void>(std::size_t number, const std::string& what)> before;
  std::size_t operations = 0;
  std::uint64_t capacity = UINT64_MAX;  // of all files together

  // What was not synced is lost, in part or as a whole, in any order; of names, those changed last.
  void cut_power(std::mt19937& random);

  Names names;

 private:
  friend class MemoryFile;
  Result<void> about_to(const std::string& what);
  std::uint64_t used() const;
  bool hold(Inode& inode, std::uint64_t bytes);

  Names synced_names_;
  std::vector<Names> unsynced_names_;  // after each change since
};

}  // namespace purposewatch
