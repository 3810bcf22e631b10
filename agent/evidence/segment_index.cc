#include "agent/evidence/segment_index.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "agent/evidence/record_keys.h"
#include "exporters/evidence/checksum.h"
#include "exporters/evidence/little_endian.h"
#include "exporters/evidence/segment_scan.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr std::string_view kMagic = "PWINDEX3";
constexpr std::size_t kCrcAt = 8, kCheckedFrom = 12, kHeadBytes = 76;

void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out += static_cast<char>(number | 0x80U);
  out += static_cast<char>(number);
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

// Reads what put_* wrote; from bytes that are something else it reads anything, but ends.
class Source {
 public:
  explicit Source(std::string_view bytes) : rest_(bytes) {}

  bool is_at_end() const { return rest_.empty(); }
  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; !rest_.empty() && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) break;
    }
    return number;
  }
  std::string_view text() {
    const std::uint64_t length = varint();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length, rest_.size()));
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view rest_;
};

// The number at the end of an event's id; without one, the whole id stands for itself.
std::pair<std::string_view, std::uint64_t> parts_of_id(std::string_view id) {
  const std::size_t begin = id.find_last_not_of("0123456789") + 1;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + begin, id.data() + id.size(), number);
  if (begin == id.size() || error != std::errc()) return {id, 0};
  return {id.substr(0, begin), number};
}

// Ascending ordinals of records, as runs.
class RunList {
 public:
  void add(std::uint64_t ordinal) {
    if (length_ > 0 && ordinal < begin_ + length_) return;  // it has one key twice
    if (length_ > 0 && ordinal == begin_ + length_) {
      ++length_;
      return;
    }
    close();
    begin_ = ordinal;
    length_ = 1;
  }
  const std::string& bytes() { return close(), bytes_; }

 private:
  void close() {
    if (length_ == 0) return;
    put_varint(bytes_, (begin_ - end_) * 2 + (length_ > 1 ? 1 : 0));
    if (length_ > 1) put_varint(bytes_, length_ - 2);
    end_ = begin_ + length_;
    length_ = 0;
  }

  std::string bytes_;
  std::uint64_t begin_ = 0, length_ = 0, end_ = 0;
};

std::vector<std::uint64_t> ordinals_of(std::string_view runs, std::uint64_t records) {
  std::vector<std::uint64_t> ordinals;
  Source source(runs);
  for (std::uint64_t at = 0; !source.is_at_end();) {
    const std::uint64_t head = source.varint();
    at += head / 2;
    std::uint64_t length = head % 2 == 0 ? 1 : source.varint() + 2;
    for (; length > 0 && at < records; --length) ordinals.push_back(at++);
    if (length > 0) break;
  }
  return ordinals;
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

template <class Value>
Value& value_at(ByText<Value>& map, std::string_view text) {
  const auto found = map.find(text);
  return found != map.end() ? found->second : map.emplace(text, Value{}).first->second;
}

struct IdRange {
  std::uint64_t lowest = UINT64_MAX, highest = 0;
};

class Builder {
 public:
  void add(const ScannedRecord& record) {
    put_varint(places_, record.offset - mark_.last_offset);
    mark_.last_offset = record.offset;
    mark_.last_chain = record.frame.chain;
    earliest_ns_ = std::min(earliest_ns_, record.frame.wall_ns);
    latest_ns_ = std::max(latest_ns_, record.frame.wall_ns);
    read_record_keys(record, keys_);
    for (std::size_t i = 0; i < keys_.size(); ++i) add(keys_.at(i));
    ++records_;
  }

  std::string bytes(std::uint64_t segment_bytes) {
    std::string out(kHeadBytes, '\0');
    auto* head = reinterpret_cast<std::uint8_t*>(out.data());
    std::copy(kMagic.begin(), kMagic.end(), out.begin());
    put_number(head + 12, segment_bytes);
    put_number(head + 20, mark_.last_offset);
    std::copy(mark_.last_chain.begin(), mark_.last_chain.end(), head + 28);
    put_number(head + 60, earliest_ns_);
    put_number(head + 68, latest_ns_);
    put_text(out, places_);
    std::string list;
    for (const auto& [prefix, range] : ids_) {
      put_text(list, prefix);
      put_varint(list, range.lowest);
      put_varint(list, range.highest - range.lowest);
    }
    put_text(out, list);
    list.clear();
    for (std::size_t key = 0; key < kEventKeyCount; ++key)
      for (auto& [text, runs] : terms_[key]) {
        put_varint(list, key);
        put_text(list, text);
        put_text(list, runs.bytes());
      }
    put_text(out, list);
    put_number(reinterpret_cast<std::uint8_t*>(out.data()) + kCrcAt,
               checksum(bytes_of(out).subspan(kCheckedFrom)));
    return out;
  }

 private:
  void add(const EventKeys::Key& key) {
    if (key.key != EventKey::kId) {
      value_at(terms_[static_cast<std::size_t>(key.key)], key.text).add(records_);
      return;
    }
    const auto [prefix, number] = parts_of_id(key.text);
    IdRange& range = value_at(ids_, prefix);
    range.lowest = std::min(range.lowest, number);
    range.highest = std::max(range.highest, number);
  }

  EventKeys keys_;
  SegmentMark mark_;
  std::int64_t earliest_ns_ = INT64_MAX, latest_ns_ = INT64_MIN;
  std::uint64_t records_ = 0;
  std::string places_;
  ByText<IdRange> ids_;
  std::array<ByText<RunList>, kEventKeyCount> terms_;
};

}  // namespace

std::string make_segment_index(Bytes segment) {
  Builder builder;
  SegmentScan scan(segment, Digests::kTrust);
  while (const auto record = scan.next()) builder.add(*record);
  return builder.bytes(segment.size());
}

std::optional<SegmentIndex> SegmentIndex::read(std::string bytes) {
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const auto* head = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (get_number<std::uint32_t>(head + kCrcAt) != checksum(bytes_of(bytes).subspan(kCheckedFrom)))
    return std::nullopt;
  SegmentIndex index;
  index.mark_.bytes = get_number<std::uint64_t>(head + 12);
  index.mark_.last_offset = get_number<std::uint64_t>(head + 20);
  std::memcpy(index.mark_.last_chain.data(), head + 28, index.mark_.last_chain.size());
  index.earliest_ns_ = get_number<std::int64_t>(head + 60);
  index.latest_ns_ = get_number<std::int64_t>(head + 68);
  index.bytes_ = std::move(bytes);
  return index;
}

namespace {

bool has_id(std::string_view ids, const std::string& wanted) {
  const auto [prefix, number] = parts_of_id(wanted);
  for (Source source(ids); !source.is_at_end();) {
    const std::string_view text = source.text();
    const std::uint64_t lowest = source.varint(), more = source.varint();
    if (text == prefix && number >= lowest && number - lowest <= more) return true;
  }
  return false;
}

std::vector<std::uint64_t> offsets_of(std::string_view places) {
  std::vector<std::uint64_t> offsets;
  std::uint64_t offset = 0;
  for (Source source(places); !source.is_at_end(); offsets.push_back(offset)) offset += source.varint();
  return offsets;
}

// The lists of the terms that are asked for. Nothing: one of them is nowhere in the segment.
std::optional<std::vector<std::string_view>> lists_of(std::string_view terms, const EventFilter& filter) {
  std::array<std::string, kEventKeyCount> wanted;
  std::size_t missing = 0;
  for (std::size_t i = 0; i < kEventKeyCount; ++i) {
    if (static_cast<EventKey>(i) == EventKey::kId) continue;
    wanted[i] = visible_text(filter.wanted[i]);
    missing += wanted[i].empty() ? 0 : 1;
  }
  std::vector<std::string_view> lists;
  for (Source source(terms); missing > 0 && !source.is_at_end();) {
    const std::uint64_t key = source.varint();
    const std::string_view text = source.text(), list = source.text();
    if (key >= kEventKeyCount || wanted[key].empty() || wanted[key] != text) continue;
    lists.push_back(list);
    --missing;
  }
  return missing == 0 ? std::optional(lists) : std::nullopt;
}

}  // namespace

std::vector<std::uint64_t> SegmentIndex::candidates(const EventQuery& query) const {
  if (latest_ns_ < query.since_ns || earliest_ns_ >= query.until_ns) return {};
  Source source(std::string_view(bytes_).substr(kHeadBytes));
  const std::string_view places = source.text(), ids = source.text(), terms = source.text();
  const std::string& id = query.filter[EventKey::kId];
  if (!id.empty() && !has_id(ids, visible_text(id))) return {};
  const auto lists = lists_of(terms, query.filter);
  if (!lists) return {};
  std::vector<std::uint64_t> offsets = offsets_of(places);
  if (lists->empty()) return offsets;
  std::vector<std::uint64_t> ordinals = ordinals_of(lists->front(), offsets.size());
  for (std::size_t i = 1; i < lists->size(); ++i) {
    const auto others = ordinals_of((*lists)[i], offsets.size());
    std::vector<std::uint64_t> both;
    std::set_intersection(ordinals.begin(), ordinals.end(), others.begin(), others.end(),
                          std::back_inserter(both));
    ordinals = std::move(both);
  }
  for (std::uint64_t& one : ordinals) one = offsets[one];
  return ordinals;
}

}  // namespace purposewatch
