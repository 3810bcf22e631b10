#include "exporters/ndjson/line_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>

#include "exporters/ndjson/write_signal_guard.h"

namespace purposewatch {
namespace {

constexpr std::size_t kFlushAt = std::size_t{64} << 10U;
constexpr std::chrono::milliseconds kPatience{50};

std::uint64_t count_lines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

bool is_regular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

std::int64_t size_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_size : -1;
}

// A line that an earlier run could not finish must not swallow our first one.
bool ends_inside_a_line(int fd) {
  char last = '\n';
  const std::int64_t size = size_of(fd);
  return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

LineFile::LineFile(int fd) : fd_(fd), is_disk_file_(is_regular(fd)) {
  has_torn_end_ = is_disk_file_ && ends_inside_a_line(fd_);
}

Result<LineFile> LineFile::open(const std::string& path) {
  // Read access is for looking at the last byte; non-blocking so that a pipe without a reader is refused.
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int fd = -1;
  if (path == "-") {
    fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  } else {
    struct stat status {};
    const bool is_special = stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
    fd = ::open(path.c_str(), kFlags | (is_special ? O_WRONLY : O_RDWR), 0600);
  }
  if (fd < 0) return fail("cannot open " + path + " for events: " + std::strerror(errno));
  return LineFile{fd};
}

LineFile::LineFile(LineFile&& other) noexcept {
  *this = std::move(other);
}

LineFile& LineFile::operator=(LineFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(is_disk_file_, other.is_disk_file_);
  std::swap(has_torn_end_, other.has_torn_end_);
  std::swap(mid_line_, other.mid_line_);
  std::swap(is_stalled_, other.is_stalled_);
  std::swap(waiting_, other.waiting_);
  std::swap(lost_, other.lost_);
  return *this;
}

LineFile::~LineFile() {
  if (fd_ < 0) return;
  flush();
  close(fd_);
}

void LineFile::add_line(std::string_view line) {
  if (waiting_.size() + line.size() > kWaitingBytesMax) {
    ++lost_;
    return;
  }
  const bool was_below = waiting_.size() < kFlushAt;
  waiting_ += line;
  // Once per crossing: with a full disk, trying again at every line would only burn time.
  if (was_below && waiting_.size() >= kFlushAt) flush();
}

void LineFile::flush() {
  if (waiting_.empty()) return;
  const WriteSignalGuard guard;
  if (is_disk_file_)
    write_to_disk();
  else
    write_to_reader();
}

// Ends a line that could not be cut off again. False: not even that is possible now.
bool LineFile::mend_torn_end() {
  if (has_torn_end_) has_torn_end_ = write(fd_, "\n", 1) != 1;
  return !has_torn_end_;
}

// Cuts `torn` bytes off the end, unless somebody else appended meanwhile.
bool LineFile::cut_off(std::size_t torn, std::int64_t expected_size) {
  if (size_of(fd_) != expected_size || ftruncate(fd_, expected_size - static_cast<off_t>(torn)) != 0)
    return false;
  return lseek(fd_, 0, SEEK_END) >= 0;  // matters where the shell opened our output without O_APPEND
}

void LineFile::write_to_disk() {
  while (!waiting_.empty() && mend_torn_end()) {
    const std::int64_t size_before = size_of(fd_);
    const ssize_t written = write(fd_, waiting_.data(), waiting_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    // A short write to a disk means that it is full: leave whole lines only, and keep the rest for later.
    const auto count = static_cast<std::size_t>(written);
    const std::size_t whole = waiting_.rfind('\n', count - 1) + 1;
    has_torn_end_ = whole < count && !cut_off(count - whole, size_before + written);
    waiting_.erase(0, whole);
    if (whole == 0) return;
  }
}

void LineFile::write_to_reader() {
  // A reader that took nothing last time is not waited for again.
  const auto deadline =
      std::chrono::steady_clock::now() + (is_stalled_ ? std::chrono::milliseconds{0} : kPatience);
  is_stalled_ = true;
  while (!waiting_.empty()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{fd_, POLLOUT, 0};
    const int answer = poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (answer < 0 && errno == EINTR) continue;
    if (answer <= 0) return;
    // A writable pipe takes this much without blocking, even when its descriptor is a blocking one.
    const ssize_t written = write(fd_, waiting_.data(), std::min<std::size_t>(waiting_.size(), PIPE_BUF));
    if (written > 0) {
      is_stalled_ = false;
      mid_line_ = waiting_[static_cast<std::size_t>(written) - 1] != '\n';
      waiting_.erase(0, static_cast<std::size_t>(written));
    } else if (written < 0 && (errno == EPIPE || errno == EBADF)) {
      return drop_waiting();
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

// Nobody reads any more; a later reader starts with a whole line.
void LineFile::drop_waiting() {
  lost_ += count_lines(waiting_);
  waiting_.clear();
  mid_line_ = false;
}

Result<void> LineFile::reopen(const std::string& path) {
  Result<LineFile> fresh = open(path);
  if (!fresh) return tl::make_unexpected(fresh.error());
  flush();
  if (mid_line_) {
    ++lost_;
    waiting_.erase(0, waiting_.find('\n') + 1);
  }
  fresh->waiting_ = std::move(waiting_);
  fresh->lost_ = lost_;
  waiting_.clear();
  *this = std::move(*fresh);
  return {};
}

}  // namespace purposewatch
