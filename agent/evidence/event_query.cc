#include "agent/evidence/event_query.h"

#include <algorithm>
#include <string>
#include <vector>

#include "agent/evidence/record_keys.h"
#include "exporters/evidence/log_end.h"
#include "exporters/evidence/segment_header.h"

namespace purposewatch {
namespace {

class Search {
 public:
  Search(Storage& evidence, const EventQuery& query, const QueryOptions& options,
         const std::vector<std::string>& segments)
      : evidence_(evidence), query_(query), options_(options), segments_(segments), records_(evidence) {}

  // Until `visit` says false.
  Result<void> all(const VisitRecord& visit) {
    bool goes_on = true;
    for (std::size_t i = 0; i < segments_.size() && goes_on; ++i) {
      search(i, [&](const ScannedRecord& record) { return goes_on = visit(segments_[i], record); });
      tell_progress(i + 1);
    }
    return outcome_;
  }

  // From the last one backwards, so that of a long log only its end is read.
  Result<void> newest(std::uint64_t limit, const VisitRecord& visit) {
    std::vector<std::pair<std::size_t, std::uint64_t>> found;  // segment and offset, newest first
    for (std::size_t i = segments_.size(); i > 0 && found.size() < limit; --i) {
      std::vector<std::uint64_t> offsets;
      search(i - 1, [&](const ScannedRecord& record) { return offsets.push_back(record.offset), true; });
      for (; !offsets.empty() && found.size() < limit; offsets.pop_back())
        found.emplace_back(i - 1, offsets.back());
      tell_progress(segments_.size() - i + 1);
    }
    for (; !found.empty(); found.pop_back()) {
      const auto& [segment, offset] = found.back();
      const auto record = records_.record_at(segments_[segment], offset);
      if (record && is_wanted(*record) && !visit(segments_[segment], *record)) break;
    }
    return outcome_;
  }

 private:
  using Visit = std::function<bool(const ScannedRecord& record)>;

  bool is_wanted(const ScannedRecord& record) {
    const std::int64_t wall_ns = record.frame.wall_ns;
    if (wall_ns < query_.since_ns || wall_ns >= query_.until_ns) return false;
    read_record_keys(record, keys_);
    return matches(query_.filter, keys_);
  }

  void search(std::size_t segment, const Visit& visit) {
    const bool is_last = segment + 1 == segments_.size();
    // What the next one repeats is visited there.
    const std::uint64_t end =
        is_last ? UINT64_MAX : first_sequence_of(segments_[segment + 1]).value_or(UINT64_MAX);
    const auto done = options_.index ? search_by_index(segments_[segment], end, visit)
                                     : search_through(segments_[segment], end, visit);
    if (!done && is_still_there(segments_[segment]) && outcome_) outcome_ = done;
  }

  Result<void> search_by_index(const std::string& segment, std::uint64_t end, const Visit& visit) {
    const auto index = options_.index->of(segment);
    if (!index) return tl::unexpected(index.error());
    for (const std::uint64_t offset : index->candidates(query_)) {
      const auto record = records_.record_at(segment, offset);
      if (record && record->frame.sequence < end && is_wanted(*record) && !visit(*record)) break;
    }
    return {};
  }

  Result<void> search_through(const std::string& segment, std::uint64_t end, const Visit& visit) {
    const auto file = evidence_.open(segment);
    const auto bytes = file ? (*file)->read(kSegmentBytesMax) : tl::unexpected(file.error());
    if (!bytes) return tl::unexpected(bytes.error());
    SegmentScan scan(bytes_of(*bytes), Digests::kTrust);
    while (const auto record = scan.next()) {
      if (record->frame.sequence >= end) break;
      if (is_wanted(*record) && !visit(*record)) break;
    }
    return {};
  }

  bool is_still_there(const std::string& segment) {
    const auto names = list_segments(evidence_);
    return !names || std::find(names->begin(), names->end(), segment) != names->end();
  }

  void tell_progress(std::size_t segments_done) {
    if (options_.on_progress) options_.on_progress(segments_done, segments_.size());
  }

  Storage& evidence_;
  const EventQuery& query_;
  const QueryOptions& options_;
  const std::vector<std::string>& segments_;
  SegmentCache records_;
  EventKeys keys_;
  Result<void> outcome_;
};

}  // namespace

Result<void> find_records(Storage& evidence, const EventQuery& query, const QueryOptions& options,
                          const VisitRecord& visit) {
  const auto segments = list_segments(evidence);
  if (!segments) return tl::unexpected(segments.error());
  Search search(evidence, query, options, *segments);
  auto done = query.limit ? search.newest(*query.limit, visit) : search.all(visit);
  if (options.index) options.index->tidy(*segments);
  return done;
}

}  // namespace purposewatch
