// The records that later ones may refer to (refers_back, decode.h), as bytes in two files of the state
// directory: so that an agent that was killed leaves to the next one what it knew. They are written without
// being synced, since what they are for does not outlive the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

class RecentRecords {
 public:
  // directory: made when it is not there. instance: of the sensor whose records are to be appended. left_by:
  // of the one, perhaps the same, of whose what was left matters; of any other's it is forgotten.
  static Result<RecentRecords> open(const std::string& directory, std::uint64_t instance,
                                    std::uint64_t left_by);

  // What was left by the agent before, oldest first.
  void each(const std::function<void(std::span<const std::byte>)>& take) const;
  void append(std::span<const std::byte> record);
  // Writes what was appended. Returns why not, once, when it cannot.
  Result<void> flush();

 private:
  // Of each file. By then nobody refers any more to what is in the other one, or too much is told for all of
  // it to be remembered.
  static constexpr std::size_t kBytesMax = std::size_t{4} << 20;

  RecentRecords() = default;
  Result<void> begin_file();

  std::string paths_[2];
  std::uint64_t instance_ = 0;
  std::uint64_t number_ = 0;  // of the file that is written to, ever
  Descriptor file_;
  std::size_t written_ = 0;
  std::string buffer_;
  std::string left_;
  bool has_failed_ = false;
};

}  // namespace purposewatch
