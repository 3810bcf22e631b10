// judge on routes other than files, and on disguises: sockets and ports, memory and devices, scripts,
// parents, and processes that were tampered with.
#include <gtest/gtest.h>

#include "rules/explanation.h"
#include "rules/judge.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

RuleSet routed_rules() {
  return *check_policy(
              {{"p.yaml", kHead + "stores:\n"
                                  "  db: {class: mail, paths: '/db/{client}', sockets: ['/run/{client}/s', "
                                  "/srv/all], except: "
                                  "/srv/all/public, ports: [\"tcp:*:3306\", \"tcp:[2001:db8::1]:5432\", "
                                  "\"tcp:10.0.0.5:1\"]}\n"
                                  "services:\n"
                                  "  portal: {exe: /php, user: www}\n"
                                  "  report: {exe: [/bash, /python], script: /report.py, user: ann}\n"
                                  "  job: {exe: /bash, script: /job.sh}\n"
                                  "  tool: {exe: /restic, parent: [job, cron]}\n"
                                  "  cron: {exe: /cron}\n"
                                  "  self: {owner: true}\n"
                                  "permits:\n"
                                  "  - {service: [portal, report, tool, self], store: db, access: [read, "
                                  "connect, memory], purpose: "
                                  "serve}\n"}})
              .rules;
}

Access connecting(const std::string& path) {
  Access access;
  access.kind = AccessKind::kConnect;
  access.path = path;
  return access;
}

Access connecting(const std::string& address, std::uint16_t port, bool is_local = true) {
  Access access = connecting("");
  access.endpoint = Endpoint{address, port, is_local};
  return access;
}

Access reading(const std::string& path) {
  Access access;
  access.path = path;
  return access;
}

Verdict judged(const Access& access, const Subject& who) {
  return judge(routed_rules(), access, who, 0);
}

const Subject kPortal = subject("/php", "www", 33, "");

TEST(Connect, IsJudgedByTheSocketNotByFilesOfTheSamePath) {
  const Verdict got = judged(connecting("/run/al/s"), kPortal);
  EXPECT_EQ(name_of(got.outcome), "permitted");
  EXPECT_EQ(got.client, "al");
  EXPECT_EQ(judged(connecting("/srv/all/deep/x"), kPortal).store, "db");
  EXPECT_EQ(judged(connecting("/run/al/s"), {}).reason, Reason::kUnknownService);
  EXPECT_EQ(judged(connecting("/db/al/app.sock"), {}).outcome, Outcome::kNoStore);
  EXPECT_EQ(judged(connecting("/srv/all/public"), {}).outcome, Outcome::kNoStore) << "excepted";
  EXPECT_EQ(judged(reading("/run/al/s"), {}).outcome, Outcome::kNoStore) << "a socket's inode holds no data";
}

TEST(Connect, WithoutAnIndexFindsTheSameSockets) {
  RuleSet unindexed = routed_rules();
  unindexed.index = unindexed.socket_index = nullptr;
  for (const char* path : {"/run/al/s", "/srv/all/deep/x", "/db/al/app.sock", "/srv/all/public"})
    EXPECT_EQ(judge(unindexed, connecting(path), kPortal, 0).store, judged(connecting(path), kPortal).store)
        << path;
}

TEST(Connect, IsJudgedByAddressAndPort) {
  EXPECT_EQ(name_of(judged(connecting("127.0.0.1", 3306), kPortal).outcome), "permitted");
  EXPECT_EQ(judged(connecting("::1", 3306), {}).store, "db");
  EXPECT_EQ(judged(connecting("192.0.2.9", 3306, false), {}).outcome, Outcome::kNoStore)
      << "* is this host alone";
  EXPECT_EQ(judged(connecting("10.0.0.5", 1, false), {}).store, "db") << "a store on another host";
  EXPECT_EQ(judged(connecting("2001:db8::1", 5432), {}).store, "db");
  EXPECT_EQ(judged(connecting("2001:db8::2", 5432), {}).outcome, Outcome::kNoStore);
  EXPECT_EQ(judged(connecting("127.0.0.1", 3307), {}).outcome, Outcome::kNoStore);
}

TEST(GivenStores, AreTheKernelsWordWhateverThePathSays) {
  Access device;
  device.kind = AccessKind::kDevice;
  device.path = "/dev/sda1";
  device.kernel_store = "db";
  EXPECT_EQ(judged(device, {}).outcome, Outcome::kNoStore) << "a path counts as long as nothing else is said";
  device.store_is_given = true;
  EXPECT_EQ(judged(device, {}).store, "db");
  device.path = "/db/bo/1";
  EXPECT_EQ(judged(device, {}).client, "");
  device.kernel_store = std::nullopt;
  EXPECT_EQ(judged(device, {}).outcome, Outcome::kNoStore);

  Access memory;
  memory.kind = AccessKind::kMemory;
  memory.target = OtherProcess{7, 1, "mysqld", "/mysqld"};
  memory.kernel_store = "db";
  memory.store_is_given = true;
  EXPECT_EQ(judged(memory, subject("/gdb", "root", 0, "")).reason, Reason::kUnknownService);
  EXPECT_EQ(name_of(judged(memory, kPortal).outcome), "permitted");

  Access found = connecting("", 3306);
  found.endpoint->address = "203.0.113.1";
  found.endpoint->is_local = false;
  found.kernel_store = "db";
  found.store_is_given = true;
  EXPECT_EQ(judged(found, {}).store, "db") << "found by who listens, not by the address";
}

TEST(Scripts, MakeTheServiceNotTheirInterpreter) {
  Subject who = subject("/python", "ann", 5, "");
  EXPECT_EQ(name_of(judged(reading("/db/al/1"), who).reason), "script-mismatch");
  EXPECT_EQ(judged(reading("/db/al/1"), who).service, "report");
  who.script_path = "/report.py";
  EXPECT_EQ(judged(reading("/db/al/1"), who).reason, Reason::kScriptMismatch) << "a name is no evidence";
  who.script = "/job.sh";
  EXPECT_EQ(judged(reading("/db/al/1"), who).reason, Reason::kScriptMismatch);
  who.script = "/report.py";
  EXPECT_EQ(judged(reading("/db/al/1"), who).service, "report");
  EXPECT_EQ(name_of(judged(reading("/db/al/1"), who).outcome), "permitted");
  who.program = "/perl";
  EXPECT_EQ(name_of(judged(reading("/db/al/1"), who).outcome), "flagged") << "needs the interpreter, too";
  who.program = "/bash";
  who.user = "bob";
  EXPECT_EQ(judged(reading("/db/al/1"), who).reason, Reason::kUserMismatch);
}

TEST(Parents, AreAnyOfTheProgramsAboveAndScriptsByThemselves) {
  Subject who = subject("/restic", "root", 0, "");
  EXPECT_EQ(name_of(judged(reading("/db/al/1"), who).reason), "parent-mismatch");
  EXPECT_EQ(judged(reading("/db/al/1"), who).service, "tool");
  who.ancestor_programs = {"/bash", "/python"};
  EXPECT_EQ(judged(reading("/db/al/1"), who).reason, Reason::kParentMismatch)
      << "any shell is not the job that a shell runs";
  who.ancestor_programs = {"/bash", "/php", "/bash", "/job.sh"};
  EXPECT_EQ(name_of(judged(reading("/db/al/1"), who).outcome), "permitted");
  who.ancestor_programs = {"/sh", "/cron"};
  EXPECT_EQ(name_of(judged(reading("/db/al/1"), who).outcome), "permitted");
}

TEST(Tampering, EndsEveryIdentity) {
  Subject who = kPortal;
  who.tampered_by = "ptrace by 4711 (/usr/bin/gdb)";
  const Verdict got = judged(reading("/db/al/1"), who);
  EXPECT_EQ(name_of(got.outcome), "flagged");
  EXPECT_EQ(name_of(got.reason), "tampered");
  EXPECT_EQ(got.service, "portal");
  Access own = reading("/db/al/1");
  own.owner_uid = 5;
  Subject client = subject("/mutt", "al", 5, "");
  EXPECT_EQ(name_of(judged(own, client).outcome), "permitted");
  client.tampered_by = who.tampered_by;
  EXPECT_EQ(name_of(judged(own, client).reason), "tampered") << "whose will it does is not known any more";
  Subject stranger = subject("/cat", "root", 0, "");
  stranger.tampered_by = who.tampered_by;
  EXPECT_EQ(judged(reading("/db/al/1"), stranger).reason, Reason::kUnknownService) << "it was none before";
  who.user = "bob";
  EXPECT_EQ(judged(reading("/db/al/1"), who).reason, Reason::kUserMismatch) << "nor was this one";
}

TEST(RoutesExplained, SayWhichConditionFailedAndWhatWasLookedFor) {
  const RuleSet set = routed_rules();
  const auto said = [&](const Subject& who, std::size_t service) {
    return explain(set, reading("/db/al/1"), who, 0).services.at(service).sentence;
  };
  Subject python = subject("/python", "bob", 6, "");
  EXPECT_EQ(said(python, 1), "is report by executable, but runs no script, not /report.py");
  python.script_path = "/tmp/x.py";
  EXPECT_EQ(said(python, 1), "is report by executable, but runs /tmp/x.py, not /report.py");
  python.script = "/report.py";
  EXPECT_EQ(said(python, 1), "is report by executable and script, but user is bob, not ann");
  EXPECT_EQ(said(subject("/restic", "root", 0, ""), 3),
            "is tool by executable, but was not started by job or cron");
  Subject portal = kPortal;
  portal.tampered_by = "ptrace by 4711 (/usr/bin/gdb)";
  EXPECT_EQ(said(portal, 0),
            "is portal by executable and user, but was tampered with: ptrace by 4711 (/usr/bin/gdb)");

  EXPECT_EQ(explain(set, connecting("127.0.0.1", 3306), kPortal, 0).pattern, "tcp:*:3306");
  EXPECT_EQ(explain(set, connecting("/run/al/s"), kPortal, 0).pattern, "/run/{client}/s");
  EXPECT_EQ(summary_of(explain(set, connecting("/srv/all/public"), kPortal, 0)),
            "no-store: excepted by '/srv/all/public' of store db");
  EXPECT_EQ(summary_of(explain(set, connecting("/x"), kPortal, 0)), "no-store: no store covers the socket");
  EXPECT_EQ(summary_of(explain(set, connecting("127.0.0.1", 9), kPortal, 0)),
            "no-store: no store covers the port");
}

}  // namespace
}  // namespace purposewatch
