// Whole lines into a file descriptor, whatever the disk or the reader does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "rules/base/result.h"

namespace purposewatch {

class LineFile {
 public:
  // At most this much waits in memory; a line that does not fit is lost.
  static constexpr std::size_t kWaitingBytesMax = std::size_t{1} << 20U;

  // Takes the descriptor over.
  explicit LineFile(int fd);
  // Creates the file 0600 and appends; "-": standard output. A pipe without a reader is an error.
  static Result<LineFile> open(const std::string& path);

  LineFile(LineFile&& other) noexcept;
  LineFile& operator=(LineFile&& other) noexcept;
  ~LineFile();

  // `line` ends with its newline. Writes by itself when much is waiting.
  void add_line(std::string_view line);
  // Writes what is waiting. Never blocks for more than 50 ms; never raises SIGPIPE.
  void flush();
  // The new file takes the place of the old one, and gets the waiting lines.
  Result<void> reopen(const std::string& path);

  std::uint64_t lost() const { return lost_; }  // lines, ever
  std::size_t waiting_bytes() const { return waiting_.size(); }

 private:
  void write_to_disk();
  void write_to_reader();
  void drop_waiting();
  bool mend_torn_end();
  bool cut_off(std::size_t torn, std::int64_t expected_size);

  int fd_ = -1;
  bool is_disk_file_ = false;
  bool has_torn_end_ = false;  // the disk file's last line is incomplete
  bool mid_line_ = false;      // a reader has got the beginning of the first waiting line
  bool is_stalled_ = false;    // the reader took nothing last time
  std::string waiting_;        // lines; the first may lack what was written of it already
  std::uint64_t lost_ = 0;
};

}  // namespace purposewatch
