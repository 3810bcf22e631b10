// Findings as a busy host has them: a few stores, services and persons, many clients, and names that hurt
// whoever takes them for plain text.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "exporters/evidence/record.h"
#include "exporters/ndjson/event_json.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {

// Raw bytes, as a file system may have them.
inline const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> kNames = {"a\"b",
                                                  "a\\b",
                                                  "\xff\xfe",
                                                  "new\nline\ttab",
                                                  "b\xc3\xbc"
                                                  "cher",
                                                  "\xe2\x80\xae",
                                                  "\xf0\x9f\x98\x80",
                                                  R"(","client":"bob)",
                                                  "{\"purposewatch\":{\"client\":\"x\"}}",
                                                  "\x1b[31m",
                                                  " ",
                                                  "\x7f",
                                                  "null"};
  return kNames;
}

class ManyFindings {
 public:
  struct Settings {
    std::size_t clients = 50;
    std::size_t processes = 40;  // a process acts for a while, then another one
    bool is_hostile = false;
  };

  ManyFindings(unsigned seed, Settings settings) : random_(seed), settings_(settings) {
    for (std::size_t i = 0; i < settings.processes; ++i) subjects_.push_back(subject());
  }

  std::string client() {
    if (settings_.is_hostile && below(3) == 0) return hostile_names()[below(hostile_names().size())];
    // A few clients have most of the traffic.
    const std::size_t most =
        below(2) == 0 ? std::max<std::size_t>(settings_.clients / 10, 1) : settings_.clients;
    return fmt::format("client{:05}", below(most));
  }

  Finding next(std::uint64_t sequence, std::int64_t wall_ns) {
    static constexpr std::array kStores = {"client-mail", "client-sites", "billing-db", "backups", "logs"};
    static constexpr std::array kServices = {"imap", "lmtp", "php", "backup", "", "webserver"};
    static constexpr std::array kClauses = {"P3", "P4", "P7", "P6"};
    Finding finding = flagged_read();
    if (below(8) == 0) acting_ = below(subjects_.size());
    finding.subject = subjects_[acting_];
    finding.sequence = sequence;
    finding.wall_ns = wall_ns;
    finding.verdict.outcome = below(10) == 0   ? Outcome::kFlagged
                              : below(20) == 0 ? Outcome::kGranted
                                               : Outcome::kPermitted;
    finding.verdict.reason =
        finding.verdict.outcome == Outcome::kFlagged ? Reason::kUnknownService : Reason::kNone;
    finding.verdict.store = kStores[below(kStores.size())];
    finding.verdict.client = below(20) == 0 ? "" : client();
    finding.verdict.service = kServices[acting_ % kServices.size()];
    finding.verdict.clause = kClauses[below(kClauses.size())];
    finding.incident = fmt::format("{:016x}", (acting_ * 5 + below(2)) * 0x9e3779b97f4a7c15ULL);
    finding.access.path =
        "/var/vmail/example.org/" + finding.verdict.client + "/cur/" + std::to_string(sequence);
    return finding;
  }

  RecordDraft next_draft(std::uint64_t sequence, std::int64_t wall_ns) {
    const Finding finding = next(sequence, wall_ns);
    RecordDraft draft;
    draft.retention = Retention::kFlagged;
    draft.wall_ns = wall_ns;
    writer_.append_parts(draft.open, draft.personal, finding);
    return draft;
  }

  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

 private:
  std::shared_ptr<const Subject> subject() {
    static constexpr std::array kUsers = {"root", "vmail", "www-data", "mysql"};
    static constexpr std::array kLogins = {"alice", "carol", "dave", "mallory"};
    Subject subject = *flagged_read().subject;
    subject.pid = static_cast<std::uint32_t>(1000 + below(30'000));
    subject.user = kUsers[below(kUsers.size())];
    subject.login_uid = below(2) == 0 ? kUnsetId : static_cast<std::uint32_t>(1000 + below(4));
    subject.login_user =
        subject.login_uid == kUnsetId || below(8) == 0 ? "" : kLogins[subject.login_uid - 1000];
    if (settings_.is_hostile && below(4) == 0) subject.name = hostile_names()[below(hostile_names().size())];
    if (settings_.is_hostile && below(4) == 0) subject.user = hostile_names()[below(hostile_names().size())];
    return std::make_shared<const Subject>(subject);
  }

  std::mt19937 random_;
  Settings settings_;
  EventWriter writer_;
  std::vector<std::shared_ptr<const Subject>> subjects_;
  std::size_t acting_ = 0;
};

}  // namespace purposewatch
