#include "agent/kernel/recent_records.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "bpf/abi.h"

namespace purposewatch {
namespace {

// At the beginning of each file.
struct Head {
  std::uint64_t instance = 0;
  std::uint64_t number = 0;  // the younger file has the greater one
};

struct Left {
  Head head;
  std::string records;
};

Left read_left(const std::string& path, std::uint64_t instance) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  Left left;
  if (bytes.size() < sizeof(Head)) return left;
  std::memcpy(&left.head, bytes.data(), sizeof(Head));
  if (left.head.instance != instance) return {};
  left.records = bytes.substr(sizeof(Head));
  return left;
}

// What was being written when the agent ended may have no end.
std::size_t whole_records(std::string_view bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= sizeof(pw_record)) {
    pw_record head{};
    std::memcpy(&head, bytes.data() + at, sizeof(head));
    if (head.size < sizeof(head) || head.size > bytes.size() - at) break;
    at += head.size;
  }
  return at;
}

}  // namespace

Result<RecentRecords> RecentRecords::open(const std::string& directory, std::uint64_t instance,
                                          std::uint64_t left_by) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(fmt::format("cannot make {}: {}", directory, std::strerror(errno)));
  RecentRecords recent;
  recent.instance_ = instance;
  for (int i = 0; i < 2; ++i) recent.paths_[i] = fmt::format("{}/records-{}", directory, i);
  Left older = read_left(recent.paths_[0], left_by), younger = read_left(recent.paths_[1], left_by);
  if (older.head.number > younger.head.number) std::swap(older, younger);
  for (Left* left : {&older, &younger}) {
    left->records.resize(whole_records(left->records));
    recent.left_ += left->records;
  }
  recent.number_ = younger.head.number;
  if (auto begun = recent.begin_file(); !begun) return tl::unexpected(begun.error());
  return recent;
}

Result<void> RecentRecords::begin_file() {
  ++number_;
  const std::string& path = paths_[number_ % 2];
  file_ = Descriptor(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_) return fail(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  const Head head{instance_, number_};
  buffer_.insert(0, reinterpret_cast<const char*>(&head), sizeof(head));
  written_ = 0;
  return {};
}

void RecentRecords::each(const std::function<void(std::span<const std::byte>)>& take) const {
  const auto bytes = std::as_bytes(std::span(left_));
  for (std::size_t at = 0; at < bytes.size();) {
    pw_record head{};
    std::memcpy(&head, bytes.data() + at, sizeof(head));
    take(bytes.subspan(at, head.size));
    at += head.size;
  }
}

void RecentRecords::append(std::span<const std::byte> record) {
  buffer_.append(reinterpret_cast<const char*>(record.data()), record.size());
}

Result<void> RecentRecords::flush() {
  if (buffer_.empty()) return {};
  const std::string bytes = std::exchange(buffer_, {});
  const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
  if (count != static_cast<ssize_t>(bytes.size())) {
    const int error = count < 0 ? errno : ENOSPC;
    (void)!ftruncate(file_.get(), static_cast<off_t>(written_));  // no half of a record in the middle
    if (std::exchange(has_failed_, true)) return {};
    return fail(fmt::format("cannot keep records: {}", std::strerror(error)));
  }
  has_failed_ = false;
  written_ += bytes.size();
  return written_ < kBytesMax ? Result<void>{} : begin_file();
}

}  // namespace purposewatch
