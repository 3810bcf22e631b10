#include "agent/evidence/record_keys.h"

#include <array>
#include <bitset>

#include "agent/evidence/plain_json.h"
#include "agent/evidence/recorded_event.h"

namespace purposewatch {
namespace {

using enum EventKey;
using Part = ScannedRecord::Part;
using Place = PlainJsonReader::Place;

// Objects first, then texts.
enum : Place {
  kNothing = PlainJsonReader::kNoMatter,
  kRoot,
  kEvent,
  kUser,
  kEffective,
  kAudit,
  kOwn,
  kObjectsEnd,
  kEventId = kObjectsEnd,
  kUserName,
  kEffectiveName,
  kEffectiveId,
  kAuditName,
  kAuditId,
  kOwnStore,
  kOwnClient,
  kOwnService,
  kOwnVerdict,
  kOwnClause,
  kOwnIncident,
  kOwnOther,
  kPlaces,
};

struct Member {
  Place object;
  std::string_view name;
  Place place;
};
// kOwnOther: what keys_of() heeds of a record of another kind, and of a finding that is a way out: those are
// read in full.
constexpr std::array kMembers = {
    Member{kRoot, "event", kEvent},         Member{kRoot, "user", kUser},
    Member{kRoot, "purposewatch", kOwn},    Member{kEvent, "id", kEventId},
    Member{kUser, "name", kUserName},       Member{kUser, "effective", kEffective},
    Member{kUser, "audit", kAudit},         Member{kEffective, "name", kEffectiveName},
    Member{kEffective, "id", kEffectiveId}, Member{kAudit, "name", kAuditName},
    Member{kAudit, "id", kAuditId},         Member{kOwn, "store", kOwnStore},
    Member{kOwn, "client", kOwnClient},     Member{kOwn, "service", kOwnService},
    Member{kOwn, "verdict", kOwnVerdict},   Member{kOwn, "clause", kOwnClause},
    Member{kOwn, "incident", kOwnIncident}, Member{kOwn, "clients", kOwnOther},
    Member{kOwn, "who", kOwnOther},         Member{kOwn, "finding", kOwnOther},
    Member{kOwn, "disclosure", kOwnOther}};

// Both parts of a finding, the one over the other.
class FindingReader final : public PlainJsonReader {
 public:
  FindingReader() { texts_.reserve(256); }

  bool read_part(Bytes part) {
    objects_.reset();
    return read(text_of_part(part), kRoot);
  }
  bool has(Place place) const { return seen_[place]; }
  std::string_view text(Place place) const {
    return std::string_view(texts_).substr(places_[place].begin, places_[place].size);
  }

 protected:
  Place member(Place object, std::string_view name) override {
    for (const Member& one : kMembers)
      if (one.object == object && one.name == name) return one.place;
    return kNothing;
  }
  // Of two in one part the second would count, and nothing of the first.
  bool object_at(Place place) override {
    if (place >= kObjectsEnd || objects_[place]) return false;
    seen_[place] = objects_[place] = true;
    return true;
  }
  bool text_at(Place place, std::string_view found) override {
    if (place < kObjectsEnd || place == kOwnOther || seen_[place]) return false;
    seen_[place] = true;
    places_[place] = {texts_.size(), found.size()};
    texts_ += found;
    return true;
  }

 private:
  struct Text {
    std::size_t begin = 0, size = 0;
  };
  std::bitset<kPlaces> seen_, objects_;
  std::array<Text, kPlaces> places_;
  std::string texts_;
};

std::string_view person_of(const FindingReader& finding) {
  const auto name_or_id = [&](Place name, Place id) {
    return finding.text(name).empty() ? finding.text(id) : finding.text(name);
  };
  if (finding.has(kAudit)) return name_or_id(kAuditName, kAuditId);
  if (finding.has(kEffective)) return name_or_id(kEffectiveName, kEffectiveId);
  return finding.text(kUserName);
}

bool read_finding(const ScannedRecord& record, EventKeys& keys) {
  FindingReader finding;
  const bool is_read = finding.read_part(record.open) &&
                       (record.personal_state == Part::kNone || record.personal_state == Part::kBlank ||
                        finding.read_part(record.personal));
  if (!is_read) return false;
  keys.add(kKind, name_of(RecordKind::kFinding));
  keys.add(kStore, finding.text(kOwnStore));
  keys.add(kClient, finding.text(kOwnClient));
  keys.add(kPerson, person_of(finding));
  keys.add(kService, finding.text(kOwnService));
  keys.add(kVerdict, finding.text(kOwnVerdict));
  keys.add(kClause, finding.text(kOwnClause));
  keys.add(kIncident, finding.text(kOwnIncident));
  keys.add(kId, finding.text(kEventId));
  return true;
}

}  // namespace

void read_record_keys(const ScannedRecord& record, EventKeys& keys) {
  keys.clear();
  if (record.frame.kind == RecordKind::kFinding && read_finding(record, keys)) return;
  keys = keys_of(recorded_event(record));
}

}  // namespace purposewatch
