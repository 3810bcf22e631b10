#include "exporters/terminal/event_filter.h"

#include <gtest/gtest.h>

#include "exporters/ndjson/event_json.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using nlohmann::json;

json event_of(const Finding& finding) {
  std::string line;
  EventWriter().append(line, finding);
  return json::parse(line);
}

TEST(EventFilter, MatchesByStoreClientAndVerdictTogether) {
  const json event = event_of(flagged_read());
  EXPECT_TRUE(matches({}, event));
  EXPECT_TRUE(matches({"client-mail", "bob", "flagged"}, event));
  EXPECT_FALSE(matches({"client-mail", "bob", "permitted"}, event));
  EXPECT_FALSE(matches({"client-mail", "alice", "flagged"}, event));
  EXPECT_FALSE(matches({"billing-db", "", ""}, event));
}

TEST(EventFilter, AClientIsAskedForByTheNameThatTheFileSystemHas) {
  Finding finding = flagged_read();
  finding.verdict.client = "b\xff\\";
  EXPECT_TRUE(matches({"", "b\xff\\", ""}, event_of(finding)));
}

TEST(EventFilter, WrongTypesMatchNothing) {
  for (const char* text : {"null", "[]", "3", R"("purposewatch")", R"({"purposewatch": []})",
                           R"({"purposewatch": {"store": 7}})", R"({"purposewatch": {"store": {"x": 1}}})"})
    EXPECT_FALSE(matches({"client-mail", "", ""}, json::parse(text))) << text;
}

}  // namespace
}  // namespace purposewatch
