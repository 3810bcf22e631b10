#include "agent/evidence/record_keys.h"

#include <gmock/gmock.h>

#include <set>

#include "agent/evidence/plain_json.h"
#include "agent/evidence/recorded_event.h"
#include "exporters/ndjson/grant_event_json.h"
#include "tests/agent/evidence/many_findings.h"

namespace purposewatch {
namespace {

using Texts = std::multiset<std::pair<std::string, std::string>>;

Texts texts_of(const EventKeys& keys) {
  Texts texts;
  for (std::size_t i = 0; i < keys.size(); ++i)
    texts.emplace(name_of(keys.at(i).key), std::string(keys.at(i).text));
  return texts;
}

// What is read of the record, which has to be what is read of its event.
Texts keys_of_record(const RecordDraft& draft, bool is_blanked = false) {
  std::string bytes;
  std::array<std::uint8_t, 2 * kSaltBytes> salts{};
  salts.fill(9);
  append_record(bytes, draft, 7, {}, {}, salts);
  auto record = record_in(bytes_of(bytes), 0, Digests::kTrust);
  if (is_blanked) {
    const std::size_t size = record->personal.size();
    bytes.replace(bytes.size() - size, size, size, '\0');
    record = record_in(bytes_of(bytes), 0, Digests::kTrust);
  }
  EventKeys keys;
  keys.add(EventKey::kStore, "of another record");
  read_record_keys(*record, keys);
  EXPECT_EQ(texts_of(keys), texts_of(keys_of(recorded_event(*record)))) << draft.open << draft.personal;
  return texts_of(keys);
}

RecordDraft draft_of(const std::string& open, const std::string& personal = "") {
  RecordDraft draft;
  draft.open = open;
  draft.personal = personal;
  return draft;
}

TEST(RecordKeys, OfAFindingAreThoseOfItsEvent) {
  RecordDraft draft;
  EventWriter().append_parts(draft.open, draft.personal, flagged_read());
  EXPECT_EQ(keys_of_record(draft), (Texts{{"kind", "finding"},
                                          {"store", "client-mail"},
                                          {"client", "bob"},
                                          {"person", "alice"},
                                          {"verdict", "flagged"},
                                          {"clause", "P7"},
                                          {"incident", "0123456789abcdef"},
                                          {"id", "6f1c2c1e-0000-4000-8000-000000000001-17"}}));
}

TEST(RecordKeys, AreRightWhateverTheNamesAre) {
  ManyFindings findings(1, {.is_hostile = true});
  for (std::uint64_t i = 0; i < 2000; ++i) keys_of_record(findings.next_draft(i, 0), i % 3 == 0);
}

// Otherwise millions of records take minutes instead of seconds.
TEST(RecordKeys, OfFindingsAreReadTheFastWay) {
  class AnyText final : public PlainJsonReader {
    Place member(Place, std::string_view) override { return kNoMatter; }
    bool object_at(Place) override { return true; }
    bool text_at(Place, std::string_view) override { return true; }
  };
  ManyFindings findings(2, {.is_hostile = true});
  for (std::uint64_t i = 0; i < 500; ++i) {
    const RecordDraft draft = findings.next_draft(i, 0);
    EXPECT_TRUE(AnyText().read(draft.open, 1)) << draft.open;
    EXPECT_TRUE(draft.personal.empty() || AnyText().read(draft.personal, 1)) << draft.personal;
  }
}

TEST(RecordKeys, OfAWayOutAreWhereItLeads) {
  RecordDraft draft;
  EventWriter().append_parts(draft.open, draft.personal, disclosed());
  const Texts keys = keys_of_record(draft);
  EXPECT_EQ(keys.count({"to", "192.0.2.53"}), 1U);
  EXPECT_EQ(keys.count({"to", "192.0.2.53:53"}), 1U);
  Finding copied = disclosed();
  copied.access.disclosure = Disclosure{};
  copied.access.disclosure->path = "/srv/backup/b";
  draft = {};
  EventWriter().append_parts(draft.open, draft.personal, copied);
  EXPECT_EQ(keys_of_record(draft).count({"to", "/srv/backup/b"}), 1U);
}

TEST(RecordKeys, OfABlankedFindingAreWhatIsLeft) {
  RecordDraft draft;
  EventWriter().append_parts(draft.open, draft.personal, flagged_read());
  const Texts keys = keys_of_record(draft, true);
  EXPECT_EQ(keys.count({"client", "bob"}), 0U);
  EXPECT_EQ(keys.count({"store", "client-mail"}), 1U);
}

TEST(RecordKeys, OfGrantsAndTheAgentsOwnAreThoseOfTheirEvents) {
  RecordDraft draft;
  draft.kind = RecordKind::kGrant;
  GrantEvent grant;
  grant.grant.user = "alice";
  grant.grant.clients = {"bob", "dave"};
  append_grant_event_parts(draft.open, draft.personal, grant);
  const Texts keys = keys_of_record(draft);
  for (const char* client : {"bob", "dave"}) EXPECT_EQ(keys.count({"client", client}), 1U) << client;
  draft = draft_of(R"({"store": "client-mail"})");
  draft.kind = RecordKind::kSafeguard;
  EXPECT_EQ(keys_of_record(draft), (Texts{{"kind", "safeguard"}, {"store", "client-mail"}}));
}

// What is read fast and what is read in full have to agree on what our own writer would never write.
TEST(RecordKeys, OfAnythingElseAreStillThoseOfItsEvent) {
  const std::vector<std::string> parts = {
      "",
      "[1]",
      "null",
      R"({"purposewatch":{"store":"a","store":"b"}})",
      R"({"purposewatch":{"store":"a"},"purposewatch":{"client":"b"}})",
      R"({"purposewatch":{"store":"a"},"purposewatch":3})",
      R"({"purposewatch":"a","user":{"name":"x","effective":"y"}})",
      R"({"purposewatch":{"store":null}})",
      R"({"purposewatch":{"store":7,"clients":["b"],"who":"c"}})",
      R"({"purposewatch":{"finding":{"store":"a"}}})",
      R"({"purposewatch":{"\u0073tore":"a"}})",
      R"({"purposewatch":{"store":"\u0061"}})",
      R"({"purposewatch":{"store":"a\/b\n\"\\"}})",
      "{\"purposewatch\":{\"store\":\"a\nb\"}}",
      "{\"purposewatch\":{\"store\":\"\xff\"}}",
      R"({ "purposewatch" : { "store" : "a" } })",
      R"({"purposewatch":{"store":"a"}} )",
      R"({"purposewatch":{"store":"a"})",
      R"({"purposewatch":{"store":"a",}})",
      R"({"n":01,"purposewatch":{"store":"a"}})",
      R"({"n":-,"purposewatch":{"store":"a"}})",
      R"({"n":-0,"m":1.5e3,"purposewatch":{"store":"a"}})",
      R"({"n":[{},[],[1,"x"],true,false],"purposewatch":{"store":"a"}})",
      R"({"user":{"audit":{},"effective":{"id":"5"},"name":"n"}})",
      R"({"user":{"effective":{"id":"5"},"name":"n"},"event":{"id":"x-1"}})",
      R"({"event":{"action":"grant-given"}})",
      R"({"@timestamp":"x","purposewatch":{"record":{"kind":"start"}}})",
  };
  for (const std::string& open : parts)
    for (const std::string& personal : parts) keys_of_record(draft_of(open, personal));
}

TEST(RecordKeys, OfWhatIsNestedDeeplyAreReadWithoutOverflow) {
  keys_of_record(draft_of(R"({"x":)" + std::string(300, '[') + std::string(300, ']') +
                          R"(,"purposewatch":{"store":"a"}})"));
}

}  // namespace
}  // namespace purposewatch
