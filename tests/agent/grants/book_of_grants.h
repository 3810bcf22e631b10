// A book of grants in a temporary directory, with clocks that the test turns.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/grants/grant_book.h"
#include "rules/language/policy.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {

class BookOfGrants : public testing::Test {
 protected:
  static constexpr std::int64_t kSecond = 1'000'000'000;

  BookOfGrants()
      : rules_(check_policy({{"p.yaml",
                              "policy: {name: t, version: 1}\n"
                              "classes: {mail: {clause: P2}}\n"
                              "purposes:\n"
                              "  warrant: {clause: P7, classes: [mail], requires: grant, max-duration: 2h}\n"
                              "  review: {clause: P8, classes: [mail], requires: grant}\n"
                              "stores: {mail: {class: mail, paths: '/m/{client}'}}\n"}})
                   .rules) {
    open();
  }

  // As the next agent does.
  void open(const std::string& boot_id = "boot-1") {
    book_.reset();
    GrantBook::Surroundings around;
    around.directory = dir_ / "grants";
    around.boot_id = boot_id;
    around.clocks = [this] { return now_; };
    around.is_user = [](const std::string& name) { return name == "alice" || name == "bob"; };
    around.tell = [this](const GrantEvent& event) {
      told_.push_back(std::string(name_of(event.change)) + " " + event.grant.who() + " by " + event.by +
                      (event.why.empty() ? "" : ": " + event.why));
    };
    auto book = GrantBook::open(std::move(around));
    ASSERT_TRUE(book) << book.error().message;
    book_ = std::move(*book);
  }
  void pass(std::int64_t seconds) {
    now_.wall_ns += seconds * kSecond;
    now_.boot_ns += static_cast<std::uint64_t>(seconds * kSecond);
  }
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  static GrantRequest request(const std::string& who = "bob") {
    return {.who = who,
            .store = "mail",
            .clients = {"al"},
            .access = {"read"},
            .purpose = "warrant",
            .reference = "W-7",
            .approved_by = "carol",
            .requested_by = "",
            .duration = "60s",
            .is_break_glass = false};
  }
  std::string give(const GrantRequest& asked = request(), const std::string& source = "") {
    const auto grant = book_->give(*rules_, asked, "alice", source);
    EXPECT_TRUE(grant) << testing::PrintToString(grant.error());
    return grant ? grant->id : "";
  }
  const Grant& only() const {
    EXPECT_EQ(book_->all().size(), 1U);
    return book_->all().at(0).grant;
  }
  bool holds() const { return only().holds_at(now_.boot_ns); }

  TempDir dir_;
  std::shared_ptr<const RuleSet> rules_;
  GrantBook::Clocks now_{1'800'000'000 * kSecond, static_cast<std::uint64_t>(1000 * kSecond)};
  std::vector<std::string> told_;
  std::unique_ptr<GrantBook> book_;
};

}  // namespace purposewatch
