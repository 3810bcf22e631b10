// Any bytes as the two parts of a record, whoever has written them: an event that can be shown, found, judged
// again and recalled, and that is found by the same texts whether it was read fast or in full.
#include <array>
#include <set>

#include "agent/cli/recorded_finding.h"
#include "agent/evidence/record_keys.h"
#include "agent/evidence/recorded_event.h"
#include "agent/incidents/incident_json.h"
#include "agent/incidents/recall.h"
#include "exporters/terminal/event_view.h"
#include "rules/judge.h"
#include "rules/language/policy.h"
#include "tests/exporters/evidence/memory_storage.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

using Texts = std::multiset<std::pair<EventKey, std::string>>;

const RuleSet& rules() {
  static const auto made =
      check_policy(
          {{"p.yaml",
            "policy: {name: t, version: 1}\n"
            "classes: {mail: {clause: P2}}\n"
            "purposes: {serve: {clause: P4, classes: all}}\n"
            "stores: {client-mail: {class: mail, paths: '/home/{client}/Maildir', ports: 'tcp:*:3306'}}\n"
            "services: {cat: {exe: /usr/bin/cat, user: root}}\n"
            "permits: [{service: cat, store: client-mail, access: list, purpose: serve}]\n"}})
          .rules;
  return *made;
}

Texts texts_of(const EventKeys& keys) {
  Texts texts;
  for (std::size_t i = 0; i < keys.size(); ++i) texts.emplace(keys.at(i).key, std::string(keys.at(i).text));
  return texts;
}

void look_at(const ScannedRecord& record) {
  const auto ordered = recorded_event(record);
  require(!ordered.dump().empty());
  const nlohmann::json event = ordered;
  EventKeys keys;
  read_record_keys(record, keys);
  require(texts_of(keys) == texts_of(keys_of(event)));
  require(is_visible_line(EventView(false).line(event)));
  if (const auto finding = recorded_finding(event, rules()))
    (void)judge(rules(), finding->access, finding->subject, Now(finding->wall_ns, 1));
}

// The log that has this record alone.
void recall(const std::string& bytes) {
  MemoryStorage storage;
  auto inode = std::make_shared<MemoryStorage::Inode>();
  inode->bytes = bytes;
  storage.names["00000000000000000001.evidence"] = inode;
  IncidentBook book([](IncidentChange, const Incident&) { require(false); });
  FlaggedTotals flagged;
  require(recall_incidents(book, flagged, storage, 1).has_value());
  require(book.all().size() <= 1);
  for (const auto& [id, incident] : book.all())
    require(!incident_json(incident).dump().empty() && id == incident.id);
}

void look_at(const std::string& open, const std::string& personal, RecordKind kind, bool is_blanked) {
  RecordDraft draft;
  draft.kind = kind;
  draft.retention = Retention::kFlagged;
  draft.open = open;
  draft.personal = personal;
  std::array<std::uint8_t, 2 * kSaltBytes> salts{};
  salts.fill(9);
  std::string bytes;
  append_record(bytes, draft, 1, {}, {}, salts);
  auto record = record_in(bytes_of(bytes), 0, Digests::kTrust);
  require(record.has_value());
  if (is_blanked) {
    const std::size_t size = record->personal.size();
    bytes.replace(bytes.size() - size, size, size, '\0');
    record = record_in(bytes_of(bytes), 0, Digests::kTrust);
  }
  look_at(*record);
  recall(bytes);
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  std::string text = text_of(data, size);
  // As lines of NDJSON end, which the seeds are.
  while (text.ends_with('\n')) text.pop_back();
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string open = text.substr(0, end), personal = text.substr(std::min(end + 1, text.size()));
  for (const RecordKind kind :
       {RecordKind::kFinding, RecordKind::kGrant, RecordKind::kReview, RecordKind::kGap})
    look_at(open, personal, kind, false);
  look_at(open, personal, RecordKind::kFinding, true);
  EventView view(false);
  require(is_visible_line(view.malformed(text)));
  return 0;
}
