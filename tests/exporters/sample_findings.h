// Findings that several tests speak of.
#pragma once

#include <memory>
#include <string>

#include "rules/model/finding.h"

namespace purposewatch {

// root's cat, started from alice's login, read a mail of client bob.
inline Finding flagged_read() {
  Subject subject;
  subject.pid = 4711;
  subject.tid = 4711;
  subject.parent_pid = 4700;
  subject.start_boot_ns = 99'000'000'000;
  subject.user = "root";
  subject.real_user = "root";
  subject.login_uid = 1000;
  subject.login_user = "alice";
  subject.name = "cat";
  subject.executable = "/usr/bin/cat";
  subject.unit = "session-3.scope";
  subject.args = {"cat", "--token=[redacted]", "/home/bob/Maildir/cur/1"};
  subject.ancestors = {{4700, 90'000'000'000, "bash", "/usr/bin/bash"},
                       {1, 1'000'000, "systemd", "/usr/lib/systemd/systemd"}};
  Finding finding;
  finding.sequence = 17;
  finding.wall_ns = 1'763'912'345'000'000'042;
  finding.boot_ns = 100'000'000'000;
  finding.access.kind = AccessKind::kRead;
  finding.access.path = "/home/bob/Maildir/cur/1";
  finding.file_inode = 123456;
  finding.file_device = 0x0801;
  finding.subject = std::make_shared<const Subject>(subject);
  finding.verdict = {
      Outcome::kFlagged, Reason::kUnknownService, "client-mail", "bob", {}, "", "", "", "P7", ""};
  finding.classes = {"communications"};
  finding.incident = "0123456789abcdef";
  finding.backend = "lsm";
  finding.policy =
      std::make_shared<const PolicyIdentity>(PolicyIdentity{"mmshosting-privacy", "2011-04-24", "d1ge57"});
  finding.host = std::make_shared<const HostIdentity>(
      HostIdentity{"web1", "0a1b2c3d", "6f1c2c1e-0000-4000-8000-000000000001"});
  return finding;
}

// root's cat, on something that is no file.
inline Finding with_access(AccessKind kind) {
  Finding finding = flagged_read();
  finding.access.kind = kind;
  finding.access.path.clear();
  finding.access.store_is_given = true;
  finding.verdict.store = "billing-db";
  finding.verdict.client.clear();
  finding.file_inode = 0;
  finding.file_device = 0;
  return finding;
}

// dovecot read bob's mail for him: decided late, in user space.
inline Finding permitted_read() {
  Finding finding = flagged_read();
  Subject subject = *finding.subject;
  subject.name = "imap";
  subject.executable = "/usr/lib/dovecot/imap";
  subject.program = subject.executable;
  subject.unit = "dovecot.service";
  subject.uid = subject.euid = 1001;
  subject.user = subject.real_user = "bob";
  subject.login_uid = kUnsetId;
  subject.login_user.clear();
  subject.args.clear();
  finding.subject = std::make_shared<const Subject>(subject);
  finding.verdict = {Outcome::kPermitted,
                     Reason::kNone,
                     "client-mail",
                     "bob",
                     {{"domain", "example.org"}},
                     "imap",
                     "imap/client-mail/requested-service",
                     "requested-service",
                     "P4",
                     ""};
  finding.count = 3;
  finding.first_wall_ns = finding.wall_ns - 20'000'000;
  return finding;
}

// root moved bob's mail out of the store, through a script that somebody wrote into.
inline Finding moved_away() {
  Finding finding = flagged_read();
  Subject subject = *finding.subject;
  subject.script = subject.script_path = "/usr/local/sbin/tidy.sh";
  subject.tampered_by = "ptrace by 4711 (/usr/bin/gdb)";
  finding.subject = std::make_shared<const Subject>(subject);
  finding.access.kind = AccessKind::kRename;
  finding.access.other_path = "/tmp/1";
  finding.access.accessed_through = "/srv/linked";
  finding.verdict.reason = Reason::kTampered;
  return finding;
}

// Somebody's client connected to a database by its port.
inline Finding connected() {
  Finding finding = with_access(AccessKind::kConnect);
  finding.access.endpoint = Endpoint{"2001:db8::1", 3306, true};
  return finding;
}

// A service that has read mail looks up a name.
inline Finding disclosed(Outcome outcome = Outcome::kFlagged) {
  Finding finding = with_access(AccessKind::kConnect);
  finding.access.disclosure = Disclosure{.kind = DisclosureKind::kNetwork,
                                         .carried = Carried::kInherited,
                                         .protocol = "udp",
                                         .address = "192.0.2.53",
                                         .port = 53,
                                         .path = {},
                                         .is_answer = false,
                                         .was_told = false,
                                         .peer = nullptr};
  finding.access.path.clear();
  finding.verdict.outcome = outcome;
  finding.verdict.reason = outcome == Outcome::kFlagged ? Reason::kNoEgress : Reason::kNone;
  return finding;
}

// A debugger looked into that database.
inline Finding looked_into_memory() {
  Finding finding = with_access(AccessKind::kMemory);
  finding.access.target = OtherProcess{812, 50'000'000'000, "mysqld", "/usr/sbin/mariadbd"};
  return finding;
}

inline Finding with_path(Finding finding, std::string path) {
  finding.access.path = std::move(path);
  return finding;
}

}  // namespace purposewatch
