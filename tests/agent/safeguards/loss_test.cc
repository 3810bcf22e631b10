// Room that is left, backups, and when the evidence was verified.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/matching_files.h"
#include "tests/agent/safeguards/fake_host.h"
#include "tests/agent/safeguards/written_at.h"

namespace purposewatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kLossStores =
    "mail: {class: mail, paths: [/srv/mail, '/home/{user}/Maildir']}, db: {class: mail, paths: /var/db}, "
    "port: {class: mail, ports: 'tcp:127.0.0.1:3306'}";
constexpr const char* kLossPolicy =
    "safeguards: {store-space: {free: 20%}, evidence-verified: {}, "
    "backup-fresh: {files: ['/var/backups/*/done', /var/last-backup]}}\n";

// ---- store-space

SafeguardResult space(const FakeHost& host) {
  return check_store_space(host.promised("store-space"), host.view);
}

TEST(StoreSpace, IsAskedOfEveryPlaceThatAStoreLiesIn) {
  FakeHost host(kLossStores, kLossPolicy);
  EXPECT_EQ(space(host).state, SafeguardState::kUnknown) << "no answer";
  std::vector<std::string> asked;
  host.view.calls.room = [&](const std::string& path) {
    asked.push_back(path.substr(host.view.root.size()));
    return FileSystemRoom{.bytes = 1000, .free_bytes = 200, .inodes = 0, .free_inodes = 0};
  };
  EXPECT_EQ(space(host).state, SafeguardState::kOk) << space(host).why;
  asked.clear();
  space(host);
  EXPECT_THAT(asked, ElementsAre("/home", "/srv/mail", "/var/db"));
}

TEST(StoreSpace, RunsOutOfBytesOrInodes) {
  FakeHost host(kLossStores, kLossPolicy);
  FileSystemRoom room{.bytes = UINT64_MAX, .free_bytes = UINT64_MAX / 2, .inodes = 1000, .free_inodes = 500};
  host.view.calls.room = [&](const std::string& path) {
    return path.ends_with("/var/db") ? room : FileSystemRoom{100, 50, 100, 50};
  };
  EXPECT_EQ(space(host).state, SafeguardState::kOk) << space(host).why;
  room.free_inodes = 199;
  EXPECT_EQ(space(host).state, SafeguardState::kViolated);
  EXPECT_EQ(space(host).why, "store db has 19.9% of its inodes free at /var/db");
  room.free_bytes = 0;
  EXPECT_THAT(space(host).why, HasSubstr("store db has 0.0% free at /var/db"));
  EXPECT_THAT(space(host).remedy, HasSubstr("20%"));
}

TEST(StoreSpace, OfWhatIsMountedWithinCountsToo) {
  FakeHost host("a: {class: mail, paths: '/srv/{client}'}", "safeguards: {store-space: {}}\n");
  host.directory("/srv/alice");
  host.file("/proc/self/mountinfo",
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /srv/alice rw - tmpfs tmpfs rw\n");
  host.view.calls.room = [](const std::string& path) {
    return FileSystemRoom{100, path.ends_with("/alice") ? std::uint64_t{0} : std::uint64_t{50}, 100, 50};
  };
  EXPECT_EQ(space(host).why, "store a has 0.0% free at /srv/{client}");
}

TEST(StoreSpace, IsUnknownWhereNobodyAnswers) {
  FakeHost host(kLossStores, kLossPolicy);
  host.view.calls.room = [](const std::string& path) -> std::optional<FileSystemRoom> {
    if (path.ends_with("/var/db")) return std::nullopt;
    if (path.ends_with("/home")) return FileSystemRoom{};
    return FileSystemRoom{100, 50, 100, 50};
  };
  for (const char* place : {"/var/db", "/home", "/srv"}) host.directory(place);
  EXPECT_EQ(space(host).state, SafeguardState::kUnknown);
  EXPECT_THAT(space(host).why,
              AllOf(HasSubstr("/var/db (store db)"), HasSubstr("/home"), Not(HasSubstr("/srv"))));
  host.remove("/var/db");
  EXPECT_THAT(space(host).why, HasSubstr("store db, of which nothing is there"));
  host.view.calls.room = nullptr;
  EXPECT_EQ(space(host).state, SafeguardState::kUnknown);
  FakeHost bare("port: {class: mail, ports: 'tcp:127.0.0.1:3306'}", kLossPolicy);
  EXPECT_EQ(space(bare).state, SafeguardState::kUnknown) << "no store lies in files";
}

// ---- backup-fresh

SafeguardResult backup(const FakeHost& host) {
  return check_backup_fresh(host.promised("backup-fresh"), host.view);
}

constexpr const char* kOneBackup = "safeguards: {backup-fresh: {files: /var/backups/*/done, within: 26h}}\n";
constexpr const char* kLastBackup = "safeguards: {backup-fresh: {files: /var/last-backup, within: 26h}}\n";

TEST(Backup, IsMissingUntilThereIsOne) {
  const FakeHost host("", kOneBackup);
  EXPECT_EQ(backup(host).state, SafeguardState::kViolated);
  EXPECT_EQ(backup(host).why, "there is none: /var/backups/*/done");
  host.directory("/var/backups/mail");
  EXPECT_EQ(backup(host).state, SafeguardState::kViolated);
}

TEST(Backup, IsFreshWhenTheNewestIs) {
  const FakeHost host("", kOneBackup);
  write_file(host, "/var/backups/mail/done", "", hours(2));
  write_file(host, "/var/backups/web/done", "", hours(200));
  EXPECT_EQ(backup(host).state, SafeguardState::kOk);
  EXPECT_EQ(backup(host).why, "the last one is 2 h old");
  set_written(host, "/var/backups/mail/done", hours(26));
  EXPECT_EQ(backup(host).state, SafeguardState::kOk);
  set_written(host, "/var/backups/mail/done", hours(26) + seconds(1));
  EXPECT_EQ(backup(host).state, SafeguardState::kViolated);
  EXPECT_EQ(backup(host).why,
            "the last one is 26 h old, and was to be younger than 26h: /var/backups/mail/done");
  host.directory("/var/backups/borg/done");
  set_written(host, "/var/backups/borg/done", hours(1));
  EXPECT_EQ(backup(host).state, SafeguardState::kOk) << "a directory will do";
}

TEST(Backup, OfTheFutureIsNotBelieved) {
  const FakeHost host("", kLastBackup);
  write_file(host, "/var/last-backup", "", seconds(-299));
  EXPECT_EQ(backup(host).state, SafeguardState::kOk);
  set_written(host, "/var/last-backup", seconds(-301));
  EXPECT_EQ(backup(host).state, SafeguardState::kUnknown);
  EXPECT_THAT(backup(host).remedy, HasSubstr("timedatectl"));
  set_written(host, "/var/last-backup", hours(-200'000'000));
  EXPECT_EQ(backup(host).state, SafeguardState::kUnknown) << "further than nanoseconds can count";
}

TEST(Backup, IsUnknownWhereItCannotBeLookedFor) {
  const FakeHost host("", kOneBackup);
  host.directory("/var");
  host.link("/var/backups", "/var/backups");  // a loop
  EXPECT_EQ(backup(host).state, SafeguardState::kUnknown);
  const FakeHost other("", kLastBackup);
  other.directory("/var");
  ASSERT_EQ(mkfifo(other.view.path("/var/last-backup").c_str(), 0600), 0);
  EXPECT_EQ(backup(other).state, SafeguardState::kViolated) << "no backup is a pipe";
}

TEST(Backup, EachOfSeveralIsToBeFresh) {
  const FakeHost host("", kLossPolicy);
  write_file(host, "/var/backups/mail/done", "", hours(1));
  EXPECT_EQ(backup(host).why, "there is none: /var/last-backup");
  write_file(host, "/var/last-backup", "", hours(2));
  EXPECT_EQ(backup(host).state, SafeguardState::kOk);
  set_written(host, "/var/last-backup", hours(100));
  EXPECT_EQ(backup(host).state, SafeguardState::kViolated);
}

// ---- evidence-verified

SafeguardResult evidence(const FakeHost& host) {
  return check_evidence_verified(host.promised("evidence-verified"), host.view);
}

TEST(EvidenceVerified, IsNotOkWhenItWasFoundToBeUnsound) {
  const FakeHost host("", kLossPolicy);
  host.directory("/state");
  host.file("/state/verified", "unsound " + std::to_string(host.view.wall_ns) + "\n");
  EXPECT_EQ(evidence(host).state, SafeguardState::kViolated);
  EXPECT_THAT(evidence(host).why, HasSubstr("is not what was written"));
}

TEST(Evidence, HasToBeVerifiedNowAndThen) {
  const FakeHost host("", kLossPolicy);
  EXPECT_EQ(evidence(host).state, SafeguardState::kViolated);
  EXPECT_THAT(evidence(host).remedy, HasSubstr("purposewatch verify"));
  const auto days_ago = [&](int days) {
    host.file("/state/verified", std::to_string(host.view.wall_ns - days * 86'400'000'000'000) + "\n");
  };
  days_ago(6);
  EXPECT_EQ(evidence(host).state, SafeguardState::kOk);
  EXPECT_EQ(evidence(host).why, "the evidence was verified 6 d ago");
  days_ago(8);
  EXPECT_EQ(evidence(host).why, "the evidence was last verified 8 d ago, and was to be within 7d");
  EXPECT_EQ(evidence(host).state, SafeguardState::kViolated);
  days_ago(-1);
  EXPECT_EQ(evidence(host).state, SafeguardState::kUnknown) << "in the future";
}

TEST(Evidence, IsUnknownWhenTheTimeCannotBeRead) {
  const FakeHost host("", kLossPolicy);
  for (const char* text : {"", "\n", "yesterday", "0", "-5", "-9223372036854775808", "18 00", "\xff",
                           "99999999999999999999", "9223372036854775807"}) {
    host.file("/state/verified", text);
    EXPECT_EQ(evidence(host).state, SafeguardState::kUnknown) << text;
  }
  host.remove("/state/verified");
  host.directory("/state/verified");
  EXPECT_EQ(evidence(host).state, SafeguardState::kUnknown);
  host.remove("/state");
  host.link("/state", "/state");
  EXPECT_EQ(evidence(host).state, SafeguardState::kUnknown);
}

// ---- what they share

TEST(MatchingFiles, AreFoundByPatternsInAnyComponent) {
  const FakeHost host("", kLossPolicy);
  for (const char* path : {"/a/b1/x.json", "/a/b2/x.json", "/a/b2/y.txt", "/a/b2/.x.json", "/a/file"})
    host.file(path, "");
  EXPECT_THAT(matching_files(host.view, {"/a/b*/*.json", "/a//b2/x.json/"}).paths,
              ElementsAre("/a/b1/x.json", "/a/b2/x.json"));
  EXPECT_THAT(matching_files(host.view, {"/a/b2/.*"}).paths, ElementsAre("/a/b2/.x.json"));
  EXPECT_THAT(matching_files(host.view, {"/*/file"}).paths, ElementsAre("/a/file"));
  const MatchingFiles none = matching_files(host.view, {"/a/*/*/*", "/none/*", "/a/file/*", ""});
  EXPECT_THAT(none.paths, IsEmpty());
  EXPECT_THAT(none.unclear, SizeIs(1)) << "the empty pattern";
}

TEST(Spans, AreToldInTheUnitThatFits) {
  EXPECT_EQ(span_in_words(0), "0 s");
  EXPECT_EQ(span_in_words(119 * kSecondNs), "119 s");
  EXPECT_EQ(span_in_words(120 * kSecondNs), "2 min");
  EXPECT_EQ(span_in_words(2 * 3600 * kSecondNs), "2 h");
  EXPECT_EQ(span_in_words(48 * 3600 * kSecondNs), "2 d");
}

TEST(LossSafeguards, LookAtThisHostWithoutHarm) {
  FakeHost host(kLossStores, kLossPolicy);
  host.view.root = "";
  host.view.calls = real_host_calls();
  for (const auto& result : {space(host), backup(host), evidence(host)}) EXPECT_THAT(result.why, Not(""));
}

}  // namespace
}  // namespace purposewatch
