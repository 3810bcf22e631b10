// Somebody asks for a grant: what is asked, read from untrusted text, and whether the policy allows it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "rules/language/diagnostic.h"
#include "rules/language/policy.h"
#include "rules/language/rule_set.h"
#include "rules/model/grant.h"

namespace purposewatch {

// As written; nothing of it is believed yet.
struct GrantRequest {
  std::string who;  // "alice", "imap"; "user:alice" or "service:imap" where both are there
  std::string store;
  std::vector<std::string> clients, access;
  std::string purpose, reference, approved_by;
  std::string requested_by;  // only believed of a file that another system has dropped
  std::string duration;      // "2h"
  bool is_break_glass = false;
};

// YAML, or JSON, which is YAML, too: strict like a policy. Every error at once.
tl::expected<GrantRequest, std::vector<Diagnostic>> read_grant_request(const PolicyText& text);

// What is known besides.
struct GrantCircumstances {
  std::string id;
  std::string requested_by;  // a person
  std::int64_t wall_ns = 0;
  std::uint64_t boot_ns = 0;
  std::function<bool(const std::string&)> is_user;  // does this host know a user of this name?
};

// The grant that takes effect now; or all that is wrong, in words for who asked.
tl::expected<Grant, std::vector<std::string>> check_grant(const RuleSet& rules, const GrantRequest& request,
                                                          const GrantCircumstances& circumstances);

}  // namespace purposewatch
