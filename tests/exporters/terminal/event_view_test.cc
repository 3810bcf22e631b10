#include "exporters/terminal/event_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "exporters/ndjson/event_json.h"
#include "exporters/terminal/print_events.h"
#include "rules/base/visible_text.h"
#include "tests/exporters/event_lines.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class EventViewTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(EventViewTest, ShowsWhoTouchedWhatAndWhyInAlignedColumns) {
  EventView view{false};
  const std::string header = view.header();
  const std::string flagged = view.line(json::parse(line_of(flagged_read())));
  const std::string permitted = view.line(json::parse(line_of(permitted_read())));
  EXPECT_THAT(flagged, StartsWith("2025-11-23 15:39:05  flagged    client-mail/bob"));
  EXPECT_THAT(flagged, HasSubstr("root (login alice) cat[4711]"));
  EXPECT_THAT(flagged, HasSubstr("unknown-service"));
  EXPECT_THAT(permitted, HasSubstr("requested-service"));
  EXPECT_THAT(permitted, EndsWith("/home/bob/Maildir/cur/1 (×3)"));
  EXPECT_EQ(flagged.find("/home/bob"), header.find("PATH"));
}

TEST_F(EventViewTest, ShowsSecondPathsPortsAndMemoryWhereThePathStands) {
  const auto shown = [](const Finding& finding) {
    return EventView{false}.line(json::parse(line_of(finding)));
  };
  EXPECT_THAT(shown(moved_away()), EndsWith("/home/bob/Maildir/cur/1 → /tmp/1 (as /srv/linked)"));
  EXPECT_THAT(shown(moved_away()), HasSubstr("tampered"));
  EXPECT_THAT(shown(connected()), EndsWith("  [2001:db8::1]:3306"));
  EXPECT_THAT(shown(disclosed()), EndsWith("  to udp 192.0.2.53:53"));
  Finding waits = disclosed();
  waits.access.disclosure->is_answer = true;
  EXPECT_THAT(shown(waits), EndsWith("  waits at udp 192.0.2.53:53"));
  EXPECT_THAT(shown(looked_into_memory()), EndsWith("  memory of mariadbd[812]"));
  Finding folded = connected();
  folded.access.endpoint->address = "127.0.0.1";
  folded.count = 2;
  EXPECT_THAT(shown(folded), EndsWith("  127.0.0.1:3306 (×2)"));
}

TEST_F(EventViewTest, ColoursOnlyWhenAskedTo) {
  EXPECT_THAT(EventView{true}.line(json::parse(line_of(flagged_read()))),
              HasSubstr("\x1b[1;31mflagged\x1b[0m"));
  EXPECT_THAT(EventView{true}.line(json::parse(line_of(permitted_read()))),
              HasSubstr("\x1b[32mpermitted\x1b[0m"));
  EXPECT_THAT(EventView{false}.line(json::parse(line_of(flagged_read()))), Not(HasSubstr("\x1b")));
}

TEST_F(EventViewTest, HostileEventsReachTheTerminalOnlyAsVisibleText) {
  const char* hostile[] = {
      R"({"purposewatch": {"verdict": "\u001b[2J\n", "store": "a\u202eb", "client": 7, "count": "x"}})",
      R"({"purposewatch": {"verdict": null}, "file": {"path": ["\u001b"]}, "user": "root", "@timestamp": 5})",
      R"({"purposewatch": {"verdict": "flagged", "count": -3}, "process": {"pid": 1e300, "executable": "\u0007/\u009b"}})",
      R"({"@timestamp": "9999999999-99-99T99:99:99Z\u001b", "purposewatch": {"verdict": "flagged"}})",
      R"({"purposewatch": {"verdict": "x", "other_path": "\u001b", "accessed_through": "\u009b", "target": 3}})",
      R"({"purposewatch": {"verdict": "x", "target": {"name": "\u001b", "pid": "\u001b"}}})",
      R"({"purposewatch": {"verdict": "x"}, "destination": {"address": "\u202e:", "port": "\u001b"}})",
      R"({"\u001b": "\u001b"})",
      R"("\u001b")",
      "[]",
      "null"};
  for (const char* text : hostile) {
    const std::string line = EventView{false}.line(json::parse(text));
    EXPECT_TRUE(is_visible(line, Backslash::kKeep)) << text;
  }
}

TEST_F(EventViewTest, TextThatWasMadeVisibleIsNotEscapedTwice) {
  const Finding finding = with_path(flagged_read(), "/home/bob/\x1b");
  EXPECT_THAT(EventView{false}.line(json::parse(line_of(finding))), EndsWith("/home/bob/\\x1b"));
}

std::vector<std::string> printed(const std::vector<std::string>& pieces, const EventFilter& filter,
                                 EventPrinter::Output output) {
  std::vector<std::string> lines;
  EventPrinter printer{filter, output, false, [&](std::string_view line) {
                         lines.emplace_back(line);
                         return true;
                       }};
  printer.begin();
  for (const std::string& piece : pieces) printer.feed(piece);
  printer.end();
  return lines;
}

TEST_F(EventViewTest, AStreamMayArriveInPiecesAndEndWithoutANewline) {
  const std::string stream = line_of(flagged_read()) + "\n\n" + line_of(permitted_read());
  const auto whole = printed({stream}, {}, EventPrinter::Output::kTable);
  ASSERT_EQ(whole.size(), 3U) << "the head and two events";
  std::vector<std::string> pieces;
  for (const char c : stream) pieces.emplace_back(1, c);
  EXPECT_EQ(printed(pieces, {}, EventPrinter::Output::kTable), whole);
}

TEST_F(EventViewTest, LinesThatAreNoEventsAreShownAsSuchAndShortened) {
  const auto lines = printed({"\x1b]0;title\x07 \xff\n" + std::string(5000, 'x') + "\n{\"a\":1}\n"}, {},
                             EventPrinter::Output::kTable);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1], "not an event: \\x1b]0;title\\x07 \\xff\n");
  EXPECT_LT(lines[2].size(), 300U);
  EXPECT_THAT(lines[3], HasSubstr("{\"a\":1}"));
}

TEST_F(EventViewTest, AnEndlessOrDeeplyNestedLineNeitherFillsMemoryNorEndsTheProgram) {
  const std::string deep = R"({"purposewatch":{"verdict":")"
                           "\xe2\x80\xae"
                           R"("},"x":)" +
                           std::string(150'000, '[') + std::string(150'000, ']') + "}\n";
  std::vector<std::string> pieces(40, std::string(100'000, '['));
  pieces.push_back("\n" + deep + line_of(flagged_read()) + "\n");
  for (const auto output : {EventPrinter::Output::kTable, EventPrinter::Output::kJson}) {
    const auto lines = printed(pieces, {}, output);
    ASSERT_FALSE(lines.empty());
    EXPECT_THAT(lines.back(), HasSubstr("/home/bob"));
  }
}

TEST_F(EventViewTest, ARecordOfTheAgentItselfIsOneLineToo) {
  const auto shown = [](const std::string& text) { return EventView{false}.line(json::parse(text)); };
  const std::string gap =
      R"({"@timestamp": "2025-11-23T15:39:05.000000042Z", "event": {"action": "gap"}, "purposewatch":
      {"gap": {"why": "lost", "stages": {"ring": 3}, "of": ["a", {}]}, "record": {"sequence": 7, "kind": "gap"}}})";
  EXPECT_THAT(shown(gap), StartsWith("2025-11-23 15:39:05  gap  "));
  EXPECT_THAT(shown(gap), EndsWith("  of.0=a stages.ring=3 why=lost"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  deep += "0" + std::string(100'000, '}');
  EXPECT_THAT(shown(R"({"purposewatch": {"gap": )" + deep + R"(, "record": {"kind": "gap"}}})"),
              EndsWith("a.a.a.a=…"));
}

TEST_F(EventViewTest, WhatWasBlankedIsSaid) {
  json event = json::parse(line_of(flagged_read()));
  event["purposewatch"]["record"] = {{"kind", "finding"}, {"blank", "personal"}};
  event["file"].erase("path");
  EXPECT_THAT(EventView{false}.line(event), EndsWith(" [personal data blanked]"));
  event = json::parse(R"({"purposewatch": {"record": {"kind": "finding", "blank": "whole"}}})");
  EXPECT_THAT(EventView{false}.line(event), AllOf(HasSubstr("finding"), EndsWith(" [blanked]")));
}

TEST_F(EventViewTest, JsonOutputIsTheFilteredStreamWithNothingRawInIt) {
  const std::string bidi = "{\"purposewatch\":{\"verdict\":\"flagged\"},\"x\":\"\u202e\U0001f600\x7f\"}";
  EventFilter flagged;
  flagged[EventKey::kVerdict] = "flagged";
  const auto lines =
      printed({line_of(flagged_read()) + "\n" + bidi + "\n" + line_of(permitted_read()) + "\n"}, flagged,
              EventPrinter::Output::kJson);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], line_of(flagged_read()) + "\n");
  EXPECT_THAT(lines[1], HasSubstr(R"(\u202e\ud83d\ude00\u007f)"));
  EXPECT_EQ(json::parse(lines[1]), json::parse(bidi));
}

}  // namespace
}  // namespace purposewatch
