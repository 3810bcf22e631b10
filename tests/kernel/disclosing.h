// What tests of the ways out share: who has read a mail, and where to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {

// The actors go into networks of their own, where all of 192.0.2.0/24 is at home and nobody answers: so
// nothing leaves, and asking is what counts.
using Words = std::vector<std::string>;

inline Words operator+(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

inline const Words kElsewhere = {"own-network", "take-address", "192.0.2.9"};
inline const Words kAsk = kElsewhere + Words{"refused", "192.0.2.50:443"};

class DisclosuresInTheKernel : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    relay_ = copy_of_actor("relay");
  }

  // The usual policy, with ROOT/relay, which may read mail and send it to one network, and `more`.
  std::string policy(const std::string& more = "") const {
    std::string text = usual_policy();
    text.insert(text.find("  client-self:"), "  relay: {exe: [\"" + path("relay") + "\"]}\n");
    return text +
           "  - {service: relay, store: mail, access: [read], purpose: requested-service, egress: "
           "[\"192.0.2.0/24:443\", \"192.0.2.50:53\"]}\n" +
           more;
  }

  // What was told of ways out.
  std::vector<Finding> disclosures() {
    std::vector<Finding> found;
    for (const Finding& finding : findings())
      if (finding.access.disclosure) found.push_back(finding);
    return found;
  }
  Finding disclosure() {
    const std::vector<Finding> found = disclosures();
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? Finding{} : found.front();
  }

  // Out of the host, since the agent was started.
  static std::uint64_t permitted_ways() {
    for (const DisclosureCount& count : agent().health().disclosures)
      if (count.store == "mail" && count.kind == "network" && count.verdict == "permitted")
        return count.value;
    return 0;
  }

  std::string relay_;
};

}  // namespace purposewatch::testing
