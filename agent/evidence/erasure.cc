#include "agent/evidence/erasure.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/evidence/recorded_event.h"
#include "exporters/evidence/log_end.h"
#include "exporters/evidence/log_reader.h"
#include "exporters/text/encoding.h"
#include "exporters/text/word.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;
using Part = ScannedRecord::Part;
using std::chrono::hours;

constexpr std::size_t kRangesPerRecord = 20'000;  // of 40 characters at most
constexpr std::size_t kFirstFrameBytes = std::size_t{64} << 10U;
constexpr std::int64_t kClockSlackNs = 86'400'000'000'000;  // by which the wall clock may have gone back

Json json_of(const Erasure& erasure, const SequenceSet& records) {
  Json json = {{"why", erasure.why},
               {"parts", erasure.blanking.parts == BlankedParts::kAll ? "all" : "personal"},
               {"records", to_string(records)}};
  if (!erasure.reference.empty()) json["reference"] = visible_text(erasure.reference);
  if (!erasure.by.empty()) json["by"] = visible_text(erasure.by);
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Members that name the client are taken away, at any depth; `clients` only loses this one.
void leave_out(Json& object, const std::string& client) {
  for (auto member = object.begin(); member != object.end();) {
    if (member->is_object()) {
      leave_out(*member, client);
    } else if (member->is_array()) {
      member->erase(std::remove(member->begin(), member->end(), Json(client)), member->end());
    } else if (member->is_string() && has_word(member->get_ref<const std::string&>(), client)) {
      member = object.erase(member);
      continue;
    }
    ++member;
  }
}

class ClientSearch {
 public:
  explicit ClientSearch(const std::string& client) : client_(visible_text(client)) {
    append_json_string(quoted_, client);
  }

  void look_at(const ScannedRecord& record) {
    if (record.personal_state != Part::kWhole) return;
    const std::string_view text = text_of_part(record.personal);
    if (text.find(quoted_) == std::string_view::npos) return;  // spares the parsing
    const Json personal = object_in(record.personal);
    const auto own = personal.find("purposewatch");
    if (own == personal.end() || !own->is_object()) return;
    const auto clients = own->find("clients");
    const bool is_one_of = clients != own->end() && clients->is_array() &&
                           std::find(clients->begin(), clients->end(), Json(client_)) != clients->end();
    if (!is_one_of && own->value("client", Json()) != Json(client_)) return;
    found_.records.add(record.frame.sequence);
    if (is_one_of && clients->size() > 1) repeat(record, personal);
  }

  ClientRecords take() { return std::move(found_); }

 private:
  void repeat(const ScannedRecord& record, Json personal) {
    leave_out(personal, client_);
    Json open = object_in(record.open);
    open["purposewatch"]["repeats"] = record.frame.sequence;
    RecordDraft draft;
    draft.kind = record.frame.kind;
    draft.retention = record.frame.retention;
    draft.boot_ns = record.frame.boot_ns;
    draft.wall_ns = record.frame.wall_ns;
    draft.open = text_of(open);
    draft.personal = text_of(personal);
    found_.repeated.push_back(std::move(draft));
  }

  std::string client_, quoted_;
  ClientRecords found_;
};

// When the first record of a segment was made. Nothing: it has none, or cannot be read.
std::optional<std::int64_t> first_time(Storage& storage, const std::string& name) {
  auto file = storage.open(name);
  if (!file) return std::nullopt;
  const auto bytes = (*file)->read(kFirstFrameBytes);
  if (!bytes) return std::nullopt;
  const auto header = read_header(bytes_of(*bytes));
  if (!header || bytes->size() < header->bytes + kFrameBytes) return std::nullopt;
  const auto frame = read_frame(bytes_of(*bytes).subspan(header->bytes));
  return frame ? std::optional(frame->wall_ns) : std::nullopt;
}

}  // namespace

RetentionTimes usual_retention_times() {
  RetentionTimes times;
  times.fill(hours(24 * 730));
  times[static_cast<std::size_t>(Retention::kPermitted)] = hours(24 * 90);
  return times;
}

std::vector<RecordDraft> erasure_records(const Erasure& erasure, LogClocks now) {
  std::vector<RecordDraft> drafts;
  SequenceSet records;
  const auto add = [&] {
    RecordDraft draft;
    draft.kind = RecordKind::kErasure;
    draft.boot_ns = now.boot_ns;
    draft.wall_ns = now.wall_ns;
    draft.open = text_of(json_of(erasure, records));
    drafts.push_back(std::move(draft));
    records = {};
  };
  for (const auto& [first, last] : erasure.blanking.records.ranges()) {
    records.add(first, last);
    if (records.ranges().size() == kRangesPerRecord) add();
  }
  if (!records.empty()) add();
  return drafts;
}

Result<std::vector<Blanking>> find_recorded_erasures(Storage& storage, std::uint64_t first_sequence) {
  std::vector<Blanking> found, unsigned_yet;
  std::string in_segment;
  auto read = read_log(storage, {.first_sequence = first_sequence, .on_progress = {}},
                       [&](const std::string& segment, const ScannedRecord& record) {
                         if (segment != in_segment) unsigned_yet.clear();
                         in_segment = segment;
                         if (record.frame.kind == RecordKind::kErasure)
                           unsigned_yet.push_back(blanked_by(record));
                         if (record.frame.kind == RecordKind::kCheckpoint) {
                           found.insert(found.end(), unsigned_yet.begin(), unsigned_yet.end());
                           unsigned_yet.clear();
                         }
                         return true;
                       });
  if (!read) return tl::unexpected(read.error());
  return found;
}

Result<ClientRecords> find_client(Storage& storage, const std::string& client,
                                  const std::function<void(std::uint64_t, std::uint64_t)>& on_progress,
                                  const std::function<bool()>& goes_on) {
  ClientSearch search(client);
  bool is_cut_off = false;
  auto read = read_log(storage, {.first_sequence = 1, .on_progress = on_progress},
                       [&](const std::string&, const ScannedRecord& record) {
                         search.look_at(record);
                         is_cut_off = !goes_on();
                         return !is_cut_off;
                       });
  if (!read) return tl::unexpected(read.error());
  if (is_cut_off) return fail("cut off before all was searched");
  return search.take();
}

namespace {

class DueSearch {
 public:
  DueSearch(Storage& storage, const RetentionTimes& times, const CleanedUpTo& cleaned,
            std::int64_t now_wall_ns)
      : storage_(storage), done_(cleaned) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      const std::int64_t over = times[i] ? over_before(*times[i], now_wall_ns) : 0;
      all_over_ = std::min(all_over_, over);
      if (static_cast<Retention>(i) != Retention::kOperation) due_.cleaned[i] = over;
      if (done_[i] > due_.cleaned[i]) done_[i] = 0;  // by a clock that was ahead, or other times
    }
  }

  Result<DueRecords> run() {
    const auto names = list_segments(storage_);
    if (!names) return tl::unexpected(names.error());
    bool is_first = true;
    for (std::size_t i = 0; i < names->size(); ++i) {
      const bool is_last = i + 1 == names->size();  // it is being written
      const auto begin = first_time(storage_, (*names)[i]);
      const auto end = is_last ? std::optional(INT64_MAX) : first_time(storage_, (*names)[i + 1]);
      is_first = is_first && begin && end && *begin < all_over_ && *end < all_over_;
      const std::uint64_t next_first = is_last ? UINT64_MAX : first_sequence_of((*names)[i + 1]).value_or(0);
      if (is_first) {
        due_.segments.push_back((*names)[i]);
        due_.removed_up_to = next_first - 1;
      } else if (begin && has_due(*begin, end.value_or(INT64_MAX))) {
        if (auto looked = look_through((*names)[i], next_first); !looked)
          return tl::unexpected(looked.error());
      }
    }
    return std::move(due_);
  }

 private:
  static std::int64_t over_before(std::chrono::seconds kept, std::int64_t now_wall_ns) {
    constexpr std::int64_t kSecondNs = 1'000'000'000;
    return kept.count() > now_wall_ns / kSecondNs ? 0 : now_wall_ns - kept.count() * kSecondNs;
  }

  bool has_due(std::int64_t begin, std::int64_t end) const {
    for (std::size_t i = 0; i < done_.size(); ++i)
      if (due_.cleaned[i] > done_[i] && due_.cleaned[i] > begin - kClockSlackNs &&
          done_[i] - kClockSlackNs < end)
        return true;
    return false;
  }

  Result<void> look_through(const std::string& name, std::uint64_t next_first) {
    auto file = storage_.open(name);
    if (!file) return tl::unexpected(file.error());
    const auto bytes = (*file)->read(kSegmentBytesMax);
    if (!bytes) return tl::unexpected(bytes.error());
    SegmentScan scan(bytes_of(*bytes), Digests::kTrust);
    while (const auto record = scan.next()) {
      const Frame& frame = record->frame;
      if (frame.sequence >= next_first) break;
      if (frame.retention == Retention::kOperation || record->open_state == Part::kBlank) continue;
      if (frame.wall_ns < due_.cleaned[static_cast<std::size_t>(frame.retention)])
        due_.blank.add(frame.sequence);
    }
    return {};
  }

  Storage& storage_;
  CleanedUpTo done_;
  std::int64_t all_over_ = INT64_MAX;  // what is older is over, of whatever class
  DueRecords due_;
};

}  // namespace

Result<DueRecords> find_due(Storage& storage, const RetentionTimes& times, const CleanedUpTo& cleaned,
                            std::int64_t now_wall_ns) {
  return DueSearch(storage, times, cleaned, now_wall_ns).run();
}

}  // namespace purposewatch
