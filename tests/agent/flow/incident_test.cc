#include "agent/flow/incident.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

class Incident : public testing::Test {
 protected:
  Incident() : subject_(*flagged_read().subject), verdict_(flagged_read().verdict), first_(fingerprint()) {}
  std::string fingerprint() const { return incident_of(subject_, verdict_); }

  Subject subject_;
  Verdict verdict_;
  std::string first_;
};

// Alert receivers and evidence remember fingerprints: another version of the agent must make the same.
TEST_F(Incident, IsTheSameInEveryVersion) {
  EXPECT_EQ(first_, "5b07a7759a0cc977");
  EXPECT_EQ(first_.size(), 16U);
  EXPECT_TRUE(std::all_of(first_.begin(), first_.end(), [](char c) {
    return std::string_view("0123456789abcdef").find(c) != std::string::npos;
  }));
}

TEST_F(Incident, IsOfThePersonNotOfTheProcess) {
  subject_.pid = subject_.tid = 1;
  subject_.start_boot_ns = 1;
  subject_.session_id = 9;
  subject_.parent_pid = 3;
  subject_.args = {"cat", "another"};
  subject_.ancestors.clear();
  subject_.name = "renamed";
  EXPECT_EQ(fingerprint(), first_);
}

TEST_F(Incident, FollowsThePersonThroughSudo) {
  subject_.uid = subject_.euid = 33;
  subject_.user = "www-data";
  EXPECT_EQ(fingerprint(), first_);
  subject_.login_uid = 1001;
  EXPECT_NE(fingerprint(), first_);
}

TEST_F(Incident, IsOfTheEffectiveUserWhereNobodyLoggedIn) {
  subject_.login_uid = kUnsetId;
  subject_.euid = 33;
  const std::string www_data = fingerprint();
  EXPECT_NE(www_data, first_);
  subject_.euid = 34;
  EXPECT_NE(fingerprint(), www_data);
}

TEST_F(Incident, IsAnotherForAnotherStoreReasonOrExecutable) {
  verdict_.store = "billing-db";
  EXPECT_NE(fingerprint(), first_);
  verdict_ = flagged_read().verdict;
  verdict_.reason = Reason::kNoPermit;
  EXPECT_NE(fingerprint(), first_);
  verdict_ = flagged_read().verdict;
  subject_.executable = "/usr/bin/less";
  EXPECT_NE(fingerprint(), first_);
}

TEST_F(Incident, IsTheSameForAnotherClient) {
  verdict_.client = "carol";
  EXPECT_EQ(fingerprint(), first_);
}

TEST_F(Incident, KeepsItsPartsApart) {
  verdict_.store = "ab";
  subject_.executable = "c";
  const std::string left = fingerprint();
  verdict_.store = "a";
  subject_.executable = "bc";
  EXPECT_NE(fingerprint(), left);
}

}  // namespace
}  // namespace purposewatch
