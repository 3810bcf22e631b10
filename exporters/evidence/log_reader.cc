#include "exporters/evidence/log_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/evidence/log_end.h"

namespace purposewatch {
namespace {

Result<std::string> bytes_of_segment(Storage& storage, const std::string& name) {
  auto file = storage.open(name);
  if (!file) return tl::unexpected(file.error());
  return (*file)->read(kSegmentBytesMax);
}

}  // namespace

Result<void> read_log(Storage& storage, const ReadOptions& options, const VisitRecord& visit) {
  const auto names = list_segments(storage);
  if (!names) return tl::unexpected(names.error());
  std::uint64_t bytes_done = 0;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const std::uint64_t next_first =
        i + 1 < names->size() ? first_sequence_of((*names)[i + 1]).value_or(UINT64_MAX) : UINT64_MAX;
    if (next_first <= options.first_sequence) continue;
    const auto bytes = bytes_of_segment(storage, (*names)[i]);
    if (!bytes) {
      const auto still = list_segments(storage);
      if (still && std::find(still->begin(), still->end(), (*names)[i]) == still->end()) continue;
      return tl::unexpected(bytes.error());
    }
    bytes_done += bytes->size();
    SegmentScan scan(bytes_of(*bytes), Digests::kTrust);
    while (const auto record = scan.next()) {
      if (record->frame.sequence >= next_first) break;
      if (record->frame.sequence < options.first_sequence) continue;
      if (!visit((*names)[i], *record)) return {};
    }
    // Segments are alike in size: the first ones tell how much there is.
    if (options.on_progress) options.on_progress(bytes_done, bytes_done * names->size() / (i + 1));
  }
  return {};
}

Result<ScannedRecord> SegmentCache::record_at(const std::string& segment, std::uint64_t offset) {
  constexpr std::size_t kBlockBytes = std::size_t{8} << 10U;  // some records of the usual size
  if (segment != name_) {
    auto file = storage_.open(segment);
    if (!file) return tl::unexpected(file.error());
    file_ = std::move(*file);
    name_ = segment;
    bytes_.clear();
  }
  const auto cached = [&]() -> std::optional<ScannedRecord> {
    if (offset < begin_ || offset - begin_ >= bytes_.size()) return std::nullopt;
    auto record = record_in(bytes_of(bytes_), offset - begin_, Digests::kTrust);
    if (record) record->offset = offset;
    return record;
  };
  if (const auto record = cached()) return *record;
  // The block that the record begins in, and the next; or as much as a record can need.
  const std::uint64_t block = offset - offset % kBlockBytes;
  for (const auto& [begin, size] :
       {std::pair{block, 2 * kBlockBytes}, std::pair{offset, kFrameBytes + 2 * kPartBytesMax}}) {
    auto bytes = file_->read_at(begin, size);
    if (!bytes) return tl::unexpected(bytes.error());
    bytes_ = std::move(*bytes);
    begin_ = begin;
    if (const auto record = cached()) return *record;
  }
  return fail(fmt::format("{}: has no record at {}", segment, offset));
}

}  // namespace purposewatch
