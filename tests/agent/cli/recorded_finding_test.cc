#include "agent/cli/recorded_finding.h"

#include <gtest/gtest.h>

#include "rules/judge.h"
#include "tests/exporters/event_lines.h"
#include "tests/exporters/sample_findings.h"
#include "tests/exporters/temp_dir.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

RuleSet rules_in_force() {
  RuleSet result;
  result.services = {service("tool", {"/usr/bin/cat"}), service("shell", {"/usr/bin/bash"})};
  return result;
}

TEST(RecordedFindings, AreReadAsTheyWere) {
  Finding finding = flagged_read();
  finding.access.path = "/home/bob/back\\slash and \xff";
  const auto recorded = recorded_finding(event_of(finding), rules_in_force());
  ASSERT_TRUE(recorded) << recorded.error().message;
  EXPECT_EQ(recorded->access.path, finding.access.path);
  EXPECT_EQ(recorded->access.kind, AccessKind::kRead);
  EXPECT_EQ(recorded->wall_ns, finding.wall_ns);
  EXPECT_EQ(recorded->subject.user, "root");
  EXPECT_EQ(recorded->subject.euid, 0U);
  EXPECT_EQ(recorded->subject.login_user, "alice");
  EXPECT_EQ(recorded->subject.program, "/usr/bin/cat");
  EXPECT_EQ(recorded->subject.unit, "session-3.scope");
  EXPECT_EQ(recorded->subject.ancestor_programs, std::vector<std::string>{"/usr/bin/bash"});
  EXPECT_EQ(recorded->verdict, "flagged");
  EXPECT_EQ(recorded->reason, "unknown-service");
  EXPECT_EQ(recorded->policy_version, "2011-04-24");
}

TEST(RecordedFindings, WithoutAPathAreOfTheirStore) {
  Finding finding = with_access(AccessKind::kMemory);
  const auto memory = recorded_finding(event_of(finding), rules_in_force());
  ASSERT_TRUE(memory) << memory.error().message;
  EXPECT_TRUE(memory->access.takes_kernels_word());
  EXPECT_EQ(memory->access.kernel_store, "billing-db");
  finding = with_access(AccessKind::kConnect);
  finding.access.endpoint = Endpoint{.address = "::1", .port = 3306, .is_local = true};
  const auto connect = recorded_finding(event_of(finding), rules_in_force());
  ASSERT_TRUE(connect) << connect.error().message;
  EXPECT_EQ(connect->access.endpoint, finding.access.endpoint);
  EXPECT_FALSE(connect->access.takes_kernels_word());
}

TEST(RecordedFindings, OfWaysOutSayWhereTo) {
  const Finding finding = disclosed();
  const auto recorded = recorded_finding(event_of(finding), rules_in_force());
  ASSERT_TRUE(recorded) << recorded.error().message;
  EXPECT_EQ(recorded->access.disclosure, finding.access.disclosure);
  EXPECT_FALSE(recorded->access.endpoint);
  EXPECT_EQ(recorded->access.kernel_store, finding.verdict.store);
}

TEST(RecordedFindings, AreFoundByTheirId) {
  const TempDir dir;
  Finding second = flagged_read();
  second.sequence = 18;
  const std::string file =
      dir.write("events", line_of(flagged_read()) + "\nnot json 18\n" + line_of(second) + "\n");
  const auto found = find_event(file, "6f1c2c1e-0000-4000-8000-000000000001-18");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)["event"]["sequence"], 18);
  EXPECT_EQ(find_event(file, "18").error().message, "no finding of the id 18 is in " + file);
  EXPECT_FALSE(find_event(dir / "none", "18"));
}

TEST(RecordedFindings, AreNothingElse) {
  for (const char* text : {"{}", "[]", "7", R"({"event": {"action": "grant-given"}, "purposewatch": {}})",
                           R"({"event": {"action": "read"}})"})
    EXPECT_FALSE(recorded_finding(nlohmann::json::parse(text), rules_in_force())) << text;
}

}  // namespace
}  // namespace purposewatch
