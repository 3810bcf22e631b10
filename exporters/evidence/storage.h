// A directory of files, as the evidence needs one; the tests have one that loses, tears and reorders.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exporters/evidence/digest.h"
#include "rules/base/result.h"

namespace purposewatch {

class StoredFile {
 public:
  virtual ~StoredFile() = default;
  // All of it, behind what is there. After a failure nothing is certain about the file's end.
  virtual Result<void> append(Bytes bytes) = 0;
  virtual Result<void> write_at(std::uint64_t offset, Bytes bytes) = 0;
  // All of it, or its first `bytes_max` bytes.
  virtual Result<std::string> read(std::size_t bytes_max) = 0;
  // The same, in the place of what `bytes` held: who reads one file after the other needs no fresh memory.
  virtual Result<void> read_into(std::string& bytes, std::size_t bytes_max);
  // What there is of these bytes.
  virtual Result<std::string> read_at(std::uint64_t offset, std::size_t bytes_max) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<void> sync() = 0;
  // Holds disk blocks for `bytes` more than there are, without changing the file's size. False: there is no
  // room. Where a file system cannot do it, nothing is held, and it is true.
  virtual bool reserve(std::uint64_t bytes) = 0;
  // Gives back what is held.
  virtual void release() = 0;
  // Whether the directory still has this file, by this name.
  virtual bool is_in_place() = 0;
};

class Storage {
 public:
  struct Space {
    std::uint64_t free_bytes = 0, total_bytes = 0;
  };

  virtual ~Storage() = default;
  // Names of regular files.
  virtual Result<std::vector<std::string>> list() = 0;
  // A new one, mode 0600; an error when there is one of this name.
  virtual Result<std::unique_ptr<StoredFile>> create(const std::string& name) = 0;
  // For reading alone where no more is allowed.
  virtual Result<std::unique_ptr<StoredFile>> open(const std::string& name) = 0;
  // Takes the place of what has that name. Certain after sync_names().
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& name) = 0;
  virtual Result<void> sync_names() = 0;
  virtual Result<Space> space() = 0;
};

// The directory is made, with mode 0700, when it is not there, and again when it is gone.
std::unique_ptr<Storage> storage_in(const std::string& directory);
// To read only: nothing is made or changed there, and what would do so fails.
std::unique_ptr<Storage> read_only_storage_in(const std::string& directory);

}  // namespace purposewatch
