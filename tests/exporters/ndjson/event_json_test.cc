#include "exporters/ndjson/event_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "exporters/ndjson/event_fields.h"
#include "tests/exporters/event_lines.h"
#include "tests/exporters/golden_file.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using namespace std::string_literals;

Finding rename_of_everything_hostile() {
  Finding finding = with_path(flagged_read(), "/home/bob/\x1b]0;x\x07\n\"\\\xff\u202e\u0085 ☃");
  Subject subject = *finding.subject;
  subject.name = "evil\n\x1b[2J\xff";
  subject.executable = "/tmp/\u202egnp.exe (deleted)";
  subject.args = {"a\nb", "\xc3\x28", "-p\"x\""};
  subject.script_path = "/tmp/\x1b[2J";
  subject.tampered_by = "ptrace by 7 (/tmp/\n)";
  finding.subject = std::make_shared<const Subject>(subject);
  finding.access.kind = AccessKind::kRename;
  finding.access.path_truncated = true;
  finding.access.other_path = "/tmp/\x1b\xff";
  finding.access.accessed_through = "/srv/\u202e\n";
  finding.verdict.client =
      "b\xff"
      "ob";
  return finding;
}

TEST(EventJson, IsTheSameAsInTheGoldenFiles) {
  expect_golden("flagged_read.ndjson", line_of(flagged_read()) + "\n");
  expect_golden("permitted_read.ndjson", line_of(permitted_read()) + "\n");
  expect_golden("hostile_names.ndjson", line_of(rename_of_everything_hostile()) + "\n");
  expect_golden("moved_away.ndjson", line_of(moved_away()) + "\n");
  expect_golden("connected.ndjson", line_of(connected()) + "\n");
  expect_golden("memory.ndjson", line_of(looked_into_memory()) + "\n");
  expect_golden("empty_finding.ndjson", line_of(Finding{}) + "\n");
}

TEST(EventJson, TheSchemaAndTheReferenceAreTheGoldenOnes) {
  expect_golden("event_schema.json", event_json_schema());
  expect_golden("event_fields.md", event_field_reference());
}

TEST(EventJson, AFlaggedAccessIsAnAlertAndAPermittedOneAnEvent) {
  EXPECT_EQ(event_of(flagged_read())["event"]["kind"], "alert");
  EXPECT_EQ(event_of(permitted_read())["event"]["kind"], "event");
}

TEST(EventJson, EventTypeFollowsTheAccessKind) {
  const std::vector<std::pair<AccessKind, std::string>> expected = {
      {AccessKind::kRead, "access"},     {AccessKind::kList, "access"},     {AccessKind::kWrite, "change"},
      {AccessKind::kCreate, "creation"}, {AccessKind::kDelete, "deletion"}, {AccessKind::kRename, "change"},
      {AccessKind::kAttr, "change"},     {AccessKind::kExec, "access"}};
  for (const auto& [kind, type] : expected) {
    Finding finding = flagged_read();
    finding.access.kind = kind;
    const json event = event_of(finding);
    EXPECT_EQ(event["event"]["type"], json::array({type})) << name_of(kind);
    EXPECT_EQ(event["event"]["action"], name_of(kind));
  }
}

TEST(EventJson, ThePersonBehindSudoIsNamedAndLeftOutWhenThereIsNone) {
  EXPECT_EQ(event_of(flagged_read())["user"]["audit"], (json{{"id", "1000"}, {"name", "alice"}}));
  EXPECT_FALSE(event_of(permitted_read())["user"].contains("audit"));
}

TEST(EventJson, RawPathIsThereExactlyWhenTheShownOneDiffers) {
  const auto raw_of = [](const std::string& path) {
    return event_of(with_path(flagged_read(), path))["purposewatch"].value("path_raw", "");
  };
  EXPECT_EQ(raw_of("/home/bob/grün"), "");
  EXPECT_EQ(raw_of("/a\xff"), "L2H/");
  EXPECT_EQ(raw_of("/a\\"), "L2Fc");
  EXPECT_EQ(raw_of("/a\n"), "L2EK");
}

TEST(EventJson, WhatIsNoFileHasNone) {
  const json connect = event_of(connected()), memory = event_of(looked_into_memory());
  EXPECT_FALSE(connect.contains("file"));
  EXPECT_EQ(connect["destination"], (json{{"address", "2001:db8::1"}, {"port", 3306}}));
  EXPECT_EQ(connect["event"]["category"], json::array({"network"}));
  EXPECT_FALSE(memory.contains("file"));
  EXPECT_EQ(memory["purposewatch"]["target"]["pid"], 812);
  EXPECT_EQ(memory["purposewatch"]["target"]["executable"], "/usr/sbin/mariadbd");
  EXPECT_EQ(memory["event"]["category"], json::array({"process"}));
  Finding by_socket = connected();
  by_socket.access.endpoint = std::nullopt;
  by_socket.access.path = "/run/mysqld/mysqld.sock";
  EXPECT_EQ(event_of(by_socket)["file"]["path"], "/run/mysqld/mysqld.sock");
  EXPECT_FALSE(event_of(by_socket).contains("destination"));
}

TEST(EventJson, AWayOutSaysWhereToAndHowTheDataCame) {
  Finding finding = disclosed();
  json event = event_of(finding);
  EXPECT_FALSE(event.contains("file"));
  EXPECT_EQ(event["destination"], (json{{"address", "192.0.2.53"}, {"port", 53}}));
  EXPECT_EQ(event["purposewatch"]["reason"], "no-egress");
  EXPECT_EQ(event["purposewatch"]["disclosure"],
            (json{{"kind", "network"}, {"carried", "inherited"}, {"protocol", "udp"}}));
  Subject peer;
  peer.pid = 25;
  peer.name = "master";
  finding.access.disclosure->kind = DisclosureKind::kLocal;
  finding.access.disclosure->peer = std::make_shared<const Subject>(peer);
  finding.access.disclosure->port = 0;
  finding.access.disclosure->is_answer = true;
  event = event_of(finding);
  EXPECT_EQ(event["purposewatch"]["disclosure"]["peer"], (json{{"pid", 25}, {"name", "master"}}));
  EXPECT_EQ(event["purposewatch"]["disclosure"]["answers"], true);
  EXPECT_EQ(event["destination"], (json{{"address", "192.0.2.53"}}));
}

TEST(EventJson, SecondPathsHaveRawBytesExactlyWhenTheyAreShownOtherwise) {
  const json plain = event_of(moved_away())["purposewatch"];
  EXPECT_EQ(plain["other_path"], "/tmp/1");
  EXPECT_EQ(plain["accessed_through"], "/srv/linked");
  EXPECT_FALSE(plain.contains("other_path_raw") || plain.contains("accessed_through_raw"));
  Finding hostile = moved_away();
  hostile.access.other_path = "/a\xff";
  hostile.access.accessed_through = "/a\n";
  const json raw = event_of(hostile)["purposewatch"];
  EXPECT_EQ(raw["other_path"], "/a\\xff");
  EXPECT_EQ(raw["other_path_raw"], "L2H/");
  EXPECT_EQ(raw["accessed_through_raw"], "L2EK");
  EXPECT_FALSE(event_of(flagged_read())["purposewatch"].contains("other_path_raw"));
}

TEST(EventJson, ScriptAndTamperingAreToldOfTheProcessThatTheyAreOf) {
  const json event = event_of(moved_away())["purposewatch"];
  EXPECT_EQ(event["script"], "/usr/local/sbin/tidy.sh");
  EXPECT_EQ(event["tampered_by"], "ptrace by 4711 (/usr/bin/gdb)");
  EXPECT_EQ(event["reason"], "tampered");
  EventWriter writer;
  std::string first, second;
  writer.append(first, moved_away());
  writer.append(second, flagged_read());
  EXPECT_FALSE(json::parse(second)["purposewatch"].contains("tampered_by"));
}

TEST(EventJson, OneWriterWritesWhatANewOneWould) {
  EventWriter writer;
  Finding later = flagged_read();
  later.wall_ns += 5;
  later.boot_ns += 5;
  later.access.path = "/home/bob/Maildir/cur/2";
  Finding after_a_clock_step = later;
  after_a_clock_step.wall_ns += 3'600'000'000'000;
  Finding of_nobody = later;
  of_nobody.subject = nullptr;
  for (const Finding& finding :
       {flagged_read(), later, after_a_clock_step, permitted_read(), of_nobody, flagged_read()}) {
    std::string line;
    writer.append(line, finding);
    EXPECT_EQ(line, line_of(finding));
  }
}

TEST(EventJson, EntityIdsTellProcessesApartAndAreStable) {
  const json event = event_of(flagged_read());
  EXPECT_EQ(event["process"]["parent"]["entity_id"], event["purposewatch"]["ancestors"][0]["entity_id"]);
  EXPECT_NE(event["process"]["entity_id"], event["process"]["parent"]["entity_id"]);
  EXPECT_EQ(event["process"]["entity_id"], event_of(permitted_read())["process"]["entity_id"]);
}

TEST(EventJson, AnyBytesGiveOneLineOfValidJsonWithNothingAControlCharacter) {
  std::mt19937 random{4711};
  std::uniform_int_distribution<int> byte{0, 255};
  for (int round = 0; round < 2000; ++round) {
    const auto junk = [&] {
      std::string text(static_cast<std::size_t>(byte(random) % 24), '\0');
      for (char& c : text) c = static_cast<char>(byte(random));
      return text;
    };
    Finding finding = with_path(flagged_read(), junk());
    Subject subject = *finding.subject;
    subject.name = junk();
    subject.executable = junk();
    subject.user = junk();
    subject.script_path = junk();
    subject.tampered_by = junk();
    subject.args = {junk(), junk()};
    subject.ancestors[0].name = junk();
    finding.subject = std::make_shared<const Subject>(subject);
    finding.access.other_path = junk();
    finding.access.accessed_through = junk();
    finding.access.endpoint = Endpoint{junk(), 1, true};
    finding.access.target = OtherProcess{1, 1, junk(), junk()};
    finding.verdict.client = junk();
    finding.verdict.captures = {{"domain", junk()}};
    const std::string line = line_of(finding);
    ASSERT_TRUE(json::accept(line)) << line;
    ASSERT_EQ(line.find_first_of("\n\r\x1b\x7f\0"s), std::string::npos);
  }
}

struct Parts {
  std::string open, personal;
  json merged() const {
    json whole = json::parse(open);
    if (!personal.empty()) whole.merge_patch(json::parse(personal));
    return whole;
  }
};

Parts parts_of(const Finding& finding) {
  Parts parts;
  EventWriter().append_parts(parts.open, parts.personal, finding);
  return parts;
}

// As `client`'s own program would be: run by a user of that name.
Finding acted_as(Finding finding, std::string client, std::string user) {
  Subject subject = *finding.subject;
  subject.user = std::move(user);
  finding.subject = std::make_shared<const Subject>(subject);
  finding.verdict.client = std::move(client);
  return finding;
}

TEST(EventParts, TogetherAreTheEvent) {
  for (const Finding& finding : {flagged_read(), permitted_read(), rename_of_everything_hostile(),
                                 moved_away(), connected(), looked_into_memory(), Finding{}})
    EXPECT_EQ(parts_of(finding).merged(), event_of(finding));
}

TEST(EventParts, TheOpenOneDoesNotTellWhoseDataItWas) {
  for (const Finding& finding :
       {flagged_read(), permitted_read(), moved_away(), acted_as(moved_away(), "bob", "bob")})
    EXPECT_THAT(parts_of(finding).open, Not(HasSubstr("bob")));
  EXPECT_THAT(parts_of(rename_of_everything_hostile()).open, Not(HasSubstr("b\\\\xffob")));
}

TEST(EventParts, TheOpenOneTellsWhoActedUnlessThatIsTheClient) {
  const json by_root = json::parse(parts_of(flagged_read()).open);
  EXPECT_EQ(by_root["user"]["name"], "root");
  EXPECT_EQ(by_root["process"]["executable"], "/usr/bin/cat");
  EXPECT_TRUE(by_root["purposewatch"].contains("incident"));
  const json by_bob = json::parse(parts_of(permitted_read()).open);
  EXPECT_FALSE(by_bob.contains("user") || by_bob.contains("process"));
  EXPECT_FALSE(by_bob["purposewatch"].contains("incident"));
  EXPECT_EQ(by_bob["purposewatch"]["service"], "imap");
  EXPECT_EQ(by_bob["host"]["name"], "web1");
}

TEST(EventParts, AClientIsFoundByItsWholeNameOnly) {
  const auto tells_user = [](const std::string& client, const std::string& user) {
    return json::parse(parts_of(acted_as(flagged_read(), client, user)).open).contains("user");
  };
  EXPECT_TRUE(tells_user("a", "bin"));  // though /usr/bin/cat has an "a"
  EXPECT_TRUE(tells_user("web", "web12"));
  EXPECT_TRUE(tells_user("", "root"));
  EXPECT_FALSE(tells_user("web1", "web1"));
  EXPECT_FALSE(tells_user("web1", "web1-ftp"));
  EXPECT_FALSE(tells_user("grün", "grün"));
  EXPECT_FALSE(tells_user("\x1b\"", "\x1b\""));
}

// Every member of `value` must be described by `schema`, with its type, and what is required must be there.
void expect_described(const json& schema, const json& value, const std::string& where) {
  ASSERT_TRUE(schema.contains("type")) << where;
  const std::string type = schema["type"];
  EXPECT_EQ(type == "integer" ? value.is_number_unsigned() : type == value.type_name(), true) << where;
  if (type == "array")
    for (const json& item : value) expect_described(schema["items"], item, where + "[]");
  if (type != "object" || !schema.contains("properties")) return;
  for (const auto& [name, member] : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(name)) << where << "." << name;
    expect_described(schema["properties"][name], member, where + "." + name);
  }
  for (const json& name : schema["required"]) EXPECT_TRUE(value.contains(name)) << where << "." << name;
}

TEST(EventJson, WhatIsWrittenIsWhatTheSchemaDescribes) {
  const json schema = json::parse(event_json_schema());
  for (const Finding& finding : {flagged_read(), permitted_read(), rename_of_everything_hostile(),
                                 moved_away(), connected(), looked_into_memory(), Finding{}})
    expect_described(schema, event_of(finding), "event");
}

TEST(EventFields, NamesAreUniqueAndObjectsStandTogether) {
  std::set<std::string_view> names, finished_objects;
  std::string_view current;
  for (const auto& field : event_fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    const std::string_view object = field.name.substr(0, field.name.find('.'));
    if (object == current) continue;
    EXPECT_TRUE(finished_objects.insert(object).second) << object << " would be written twice";
    current = object;
  }
}

}  // namespace
}  // namespace purposewatch
