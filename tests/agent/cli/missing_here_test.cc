#include "agent/cli/missing_here.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/exporters/temp_dir.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MissingHere : public testing::Test {
 protected:
  std::string at(const std::string& relative) const { return directory_ / relative; }
  void make(const std::string& relative) const {
    std::filesystem::create_directories(std::filesystem::path(at(relative)).parent_path());
    std::ofstream(at(relative)) << "here";
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const Diagnostic& one : missing_here(rules_)) {
      EXPECT_EQ(one.severity, Diagnostic::Severity::kWarning);
      all.push_back(one.message);
    }
    return all;
  }

  TempDir directory_;
  RuleSet rules_;
};

TEST_F(MissingHere, AreThePathsOfStoresThatMatchNothing) {
  make("vmail/example.org/alice/cur/1");
  make("logs/mail.log");
  rules_.stores = {store("mail", {"c"}, {at("vmail/{domain}/{client}"), at("vmial/{domain}/{client}")}),
                   store("deep", {"c"}, {at("vmail/*/{client}/cur/*/nothing"), at("vmail/*/bob")}),
                   store("logs", {"c"}, {at("logs/mail*")})};
  EXPECT_THAT(messages(),
              ElementsAre("store 'mail': nothing on this host is at " + at("vmial/{domain}/{client}"),
                          "store 'deep': nothing on this host is at " + at("vmail/*/{client}/cur/*/nothing") +
                              ", " + at("vmail/*/bob")));
}

TEST_F(MissingHere, AreTheFilesThatServicesAreKnownBy) {
  make("bin/imap");
  make("bin/job");
  rules_.services = {service("imap", {at("bin/imap"), at("bin/pop3")}), service("job", {at("bin/imap")}),
                     service("anybody", {})};
  rules_.services[1].script = {at("bin/job"), at("bin/jbo")};
  EXPECT_THAT(messages(), ElementsAre("service 'imap': this host has no " + at("bin/pop3"),
                                      "service 'job': this host has no " + at("bin/jbo")));
}

// A link that leads nowhere is there: what it leads to may come.
TEST_F(MissingHere, IsNotWhatALinkStandsFor) {
  std::filesystem::create_symlink("/nonexistent", at("store"));
  rules_.stores = {store("one", {"c"}, {at("store")})};
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(MissingHere, IsNothingOfAPolicyWithoutPaths) {
  EXPECT_THAT(messages(), IsEmpty());
}

}  // namespace
}  // namespace purposewatch
