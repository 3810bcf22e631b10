#include "agent/evidence/recorded_event.h"

#include <gtest/gtest.h>

#include "exporters/ndjson/event_json.h"
#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using nlohmann::json;

// The bytes of one record, and what is read of them.
class Recorded {
 public:
  explicit Recorded(const RecordDraft& draft) {
    std::array<std::uint8_t, 2 * kSaltBytes> salts{};
    salts.fill(9);
    append_record(bytes_, draft, 7, {}, {}, salts);
  }
  json event() const { return recorded_event(*record_in(bytes_of(bytes_), 0, Digests::kTrust)); }
  void blank_personal() {
    const auto record = record_in(bytes_of(bytes_), 0, Digests::kTrust);
    bytes_.replace(kFrameBytes + record->open.size(), record->personal.size(), record->personal.size(), '\0');
  }

 private:
  std::string bytes_;
};

RecordDraft finding_draft() {
  RecordDraft draft;
  EventWriter().append_parts(draft.open, draft.personal, flagged_read());
  return draft;
}

TEST(RecordedEvent, OfAFindingIsTheEventThatWasToldLive) {
  std::string line;
  EventWriter().append(line, flagged_read());
  json expected = json::parse(line);
  expected["purposewatch"]["record"] = {{"sequence", 7}, {"kind", "finding"}};
  EXPECT_EQ(Recorded(finding_draft()).event(), expected);
}

TEST(RecordedEvent, OfABlankedPartHasWhatIsLeft) {
  Recorded recorded(finding_draft());
  recorded.blank_personal();
  const json event = recorded.event();
  EXPECT_EQ(event["purposewatch"]["record"]["blank"], "personal");
  EXPECT_EQ(event["purposewatch"]["store"], "client-mail");
  EXPECT_FALSE(event["purposewatch"].contains("client") || event["file"].contains("path"));
}

TEST(RecordedEvent, OfTheAgentsOwnSaysWhenAndWhat) {
  RecordDraft draft = draft_of(R"({"why": "lost", "stages": {"ring": 3}})");
  draft.kind = RecordKind::kGap;
  draft.wall_ns = 1'763'912'345'000'000'042;
  EXPECT_EQ(Recorded(draft).event(), json::parse(R"({
    "@timestamp": "2025-11-23T15:39:05.000000042Z",
    "event": {"kind": "event", "action": "gap"},
    "purposewatch": {"gap": {"why": "lost", "stages": {"ring": 3}}, "record": {"sequence": 7, "kind": "gap"}}})"));
}

TEST(RecordedEvent, OfATextThatIsNoObjectIsStillOne) {
  for (const char* text : {"", "[1]", "{", R"({"purposewatch": 3})"}) {
    const json event = Recorded(draft_of(text, "null")).event();
    EXPECT_EQ(event["purposewatch"]["record"]["sequence"], 7) << text;
    EXPECT_TRUE(event.contains("@timestamp"));
  }
}

TEST(RecordedEvent, OfATextThatIsNestedEndlesslyIsOneWithoutIt) {
  const std::string deep =
      R"({"store": "a[\\\"[", "x": )" + std::string(400'000, '[') + std::string(400'000, ']') + "}";
  EXPECT_FALSE(Recorded(draft_of(deep)).event().contains("x"));
  const std::string brackets = R"({"x": ")" + std::string(1000, '[') + R"(\"{{"})";
  EXPECT_TRUE(Recorded(draft_of(brackets)).event().contains("x"));
}

}  // namespace
}  // namespace purposewatch
