#include "rules/flaggable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "rules/language/policy.h"
#include "rules/language/read_files.h"

namespace purposewatch {
namespace {

using testing::Contains;
using testing::Not;

std::set<std::string> flaggable_of(const std::string& more) {
  const LoadedPolicy loaded = check_policy({{"p.yaml", R"(
policy: {name: t, version: 1}
classes: {mail: {clause: P2}, open: {clause: P5, public: true}}
purposes: {serve: {clause: P4, classes: mail}, keep: {clause: P3, classes: mail}}
stores:
  mails: {class: mail, paths: "/vmail/{client}"}
  sock: {class: mail, sockets: /run/db.sock}
  contacts: {class: open, paths: /contacts}
services: {imap: {exe: /imap, user: dovecot}}
permits: [{service: imap, store: mails, access: [read, list], purpose: serve}]
)" + more}});
  EXPECT_TRUE(loaded.rules);
  std::set<std::string> all;
  for (const Flaggable& one : flaggable(*loaded.rules))
    all.insert(one.store + " " + std::string(name_of(one.kind)) + " " + std::string(name_of(one.reason)));
  return all;
}

TEST(Flaggable, EveryStoreByWhateverIsNoService) {
  const auto all = flaggable_of("");
  for (const char* one :
       {"mails read unknown-service", "mails device unknown-service", "sock connect unknown-service",
        "sock memory unknown-service", "contacts write unknown-service"})
    EXPECT_THAT(all, Contains(one));
}

TEST(Flaggable, NotByWhatTheStoreDoesNotHave) {
  const auto all = flaggable_of("");
  for (const char* one :
       {"mails connect unknown-service", "sock read unknown-service", "contacts list unknown-service"})
    EXPECT_THAT(all, Not(Contains(one)));
}

TEST(Flaggable, ForReasonsThatThePolicyGives) {
  const auto all = flaggable_of("");
  EXPECT_THAT(all, Contains("mails write access-kind"));
  EXPECT_THAT(all, Not(Contains("mails read access-kind")));
  EXPECT_THAT(all, Contains("contacts write no-permit"));
  EXPECT_THAT(all, Contains("mails read user-mismatch"));
  EXPECT_THAT(all, Contains("mails read grant-ended"));
  for (const char* one : {"mails read no-permit", "mails read unit-mismatch", "mails read outside-window",
                          "mails read over-limit", "mails read not-owner", "contacts write grant-ended"})
    EXPECT_THAT(all, Not(Contains(one)));
}

TEST(Flaggable, WhatHasTheSameReasonStandsTogether) {
  const LoadedPolicy loaded = load_policy({PURPOSEWATCH_RULES_DIR "/mmshosting.yaml"});
  ASSERT_TRUE(loaded.rules);
  std::set<Reason> seen;
  Reason last = Reason::kNone;
  for (const Flaggable& one : flaggable(*loaded.rules)) {
    if (one.reason == last) continue;
    EXPECT_TRUE(seen.insert(one.reason).second) << name_of(one.reason);
    last = one.reason;
  }
  EXPECT_GT(seen.size(), 5U);
}

}  // namespace
}  // namespace purposewatch
