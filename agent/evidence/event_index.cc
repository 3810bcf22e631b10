#include "agent/evidence/event_index.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>
#include <string_view>

#include "agent/files/as_owner.h"
#include "exporters/evidence/segment_scan.h"

namespace purposewatch {
namespace {

constexpr std::string_view kSuffix = ".index";
constexpr std::size_t kIndexBytesMax = kSegmentBytesMax;

std::string name_of_index(const std::string& segment) {
  return segment.substr(0, segment.find('.')) + std::string(kSuffix);
}

// Of those who make an index, any number; of those who delete, one and none of the others. how: as flock(2)
// takes it. Nothing: not to be had.
Descriptor lock_of(const std::string& directory, int how) {
  Descriptor lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  while (lock && flock(lock.get(), how) != 0)
    if (errno != EINTR) return {};
  return lock;
}

std::string above(const std::string& directory) {
  return std::filesystem::path(directory).parent_path();
}

Result<void> remove_all_but(const std::vector<std::string>& segments, Storage& files) {
  const auto names = files.list();
  if (!names) return tl::unexpected(names.error());
  std::set<std::string> kept;
  for (const std::string& segment : segments) kept.insert(name_of_index(segment));
  for (const std::string& name : *names)
    if (kept.count(name) == 0)
      if (auto removed = files.remove(name); !removed) return removed;
  return {};
}

bool ends_as(const SegmentMark& mark, StoredFile& segment) {
  const auto size = segment.size();
  if (!size || *size != mark.bytes || mark.last_chain == Digest{}) return false;
  const auto bytes = segment.read_at(mark.last_offset, kFrameBytes);
  const auto frame = bytes ? read_frame(bytes_of(*bytes)) : std::nullopt;
  return frame && frame->chain == mark.last_chain;
}

}  // namespace

EventIndex::EventIndex(Storage& evidence, const std::string& directory)
    : evidence_(evidence), directory_(directory), files_(storage_in(directory)) {
  const AsOwnerOf owner(above(directory_));
  if (const auto names = files_->list(); !names) trouble_ = names.error().message;
}

Result<SegmentIndex> EventIndex::of(const std::string& segment) {
  const auto file = evidence_.open(segment);
  if (!file) return tl::unexpected(file.error());
  const AsOwnerOf owner(above(directory_));
  if (auto index = kept(segment, **file)) return std::move(*index);
  // The segment is read within the lock: nothing is kept that was blanked before the last remove_index().
  const Descriptor lock = lock_of(directory_, LOCK_SH);
  const auto bytes = (*file)->read(kSegmentBytesMax);
  if (!bytes) return tl::unexpected(bytes.error());
  std::string made = make_segment_index(bytes_of(*bytes));
  if (lock) keep(segment, made);
  return *SegmentIndex::read(std::move(made));
}

std::optional<SegmentIndex> EventIndex::kept(const std::string& segment, StoredFile& file) {
  const auto index_file = files_->open(name_of_index(segment));
  auto bytes = index_file ? (*index_file)->read(kIndexBytesMax) : Result<std::string>(fail("none"));
  auto index = bytes ? SegmentIndex::read(std::move(*bytes)) : std::nullopt;
  return index && ends_as(index->mark(), file) ? std::move(index) : std::nullopt;
}

// Not synced: what a power cut leaves half is found to be so.
void EventIndex::keep(const std::string& segment, const std::string& index) {
  if (!trouble_.empty()) return;
  const std::string name = name_of_index(segment);
  const std::string fresh = fmt::format("{}.{:08x}", name, std::random_device()());
  auto file = files_->create(fresh);
  auto kept = file ? (*file)->append(bytes_of(index)) : tl::unexpected(file.error());
  if (kept) kept = files_->rename(fresh, name);
  if (kept) return;
  trouble_ = kept.error().message;
  (void)files_->remove(fresh);
}

void EventIndex::tidy(const std::vector<std::string>& segments) {
  if (!trouble_.empty()) return;
  const AsOwnerOf owner(above(directory_));
  if (const Descriptor lock = lock_of(directory_, LOCK_EX | LOCK_NB)) (void)remove_all_but(segments, *files_);
}

std::string index_directory(const std::string& state_dir) {
  return state_dir + "/index";
}

Result<void> remove_index(const std::string& state_dir, const std::vector<std::string>& but_of) {
  const std::string directory = index_directory(state_dir);
  if (access(directory.c_str(), F_OK) != 0 && errno == ENOENT) return {};
  const Descriptor lock = lock_of(directory, LOCK_EX);
  if (!lock) return fail("cannot lock " + directory + ": " + std::strerror(errno));
  const auto files = storage_in(directory);
  if (auto removed = remove_all_but(but_of, *files); !removed) return removed;
  return files->sync_names();
}

}  // namespace purposewatch
