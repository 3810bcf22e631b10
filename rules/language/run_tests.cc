#include "rules/language/run_tests.h"

#include <algorithm>

#include "rules/judge.h"

namespace purposewatch {
namespace {

std::uint32_t id_of(const std::string& user, std::uint32_t when_named) {
  if (user == "root") return 0;
  if (user.empty()) return kUnsetId;
  const bool is_number = user.size() <= 9 && user.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? static_cast<std::uint32_t>(std::stoul(user)) : when_named;
}

// files: &Service::exe or &Service::script.
bool names(const RuleSet& rules, std::vector<std::string> Service::*files, const std::string& path) {
  return std::any_of(rules.services.begin(), rules.services.end(), [&](const Service& service) {
    const auto& list = service.*files;
    return std::find(list.begin(), list.end(), path) != list.end();
  });
}

void compare(std::vector<Difference>& differences, const char* what,
             const std::optional<std::string>& expected, std::string_view got) {
  if (expected && *expected != got) differences.push_back({what, *expected, std::string(got)});
}

bool is_same(const Verdict& one, const Verdict& other) {
  return one.outcome == other.outcome && one.reason == other.reason && one.permit == other.permit;
}

// The permit whose windows decide about an access; null when its verdict is the same at any time.
const Permit* decided_by_time(const RuleSet& rules, const TestCase& one) {
  for (const Permit& permit : rules.permits) {
    const auto first = open_interval(permit.windows, 0);
    if (!first) continue;
    const auto judged_at = [&](std::int64_t wall_ns) {
      return judge(rules, one.access, one.subject, {wall_ns, kTestBootNs, &one.grants, &one.names});
    };
    const Verdict open = judged_at(first->opens_ns), closed = judged_at(first->opens_ns - 1);
    if (!is_same(open, closed) && (open.permit == permit.name || closed.permit == permit.name))
      return &permit;
  }
  return nullptr;
}

// Of a test's names: an address that no policy's network holds but 0.0.0.0/0.
constexpr const char* kNamedAddress = "240.0.0.1";

// Files may be on another machine: what a permit for a local copy does not cover.
Disclosure disclosure_of(const PolicyTest& test) {
  Disclosure disclosure;
  disclosure.is_answer = test.answers;
  disclosure.port = test.to->port.value_or(0);
  switch (test.to->kind) {
    case Destination::Kind::kSocket:
      disclosure.kind = DisclosureKind::kLocal;
      disclosure.path = test.to->name;
      break;
    case Destination::Kind::kFiles:
      disclosure.kind = DisclosureKind::kNetworkFile;
      disclosure.path = test.to->name;
      break;
    case Destination::Kind::kHost:
      disclosure.address = kNamedAddress;
      break;
    default:
      disclosure.address = test.to->name;
  }
  return disclosure;
}

}  // namespace

TestCase case_of(const RuleSet& rules, const PolicyTest& test) {
  TestCase one;
  if (test.to) {
    one.access.disclosure = disclosure_of(test);
    one.access.kernel_store = test.store;
    if (test.to->kind == Destination::Kind::kHost) one.names[test.to->name] = {kNamedAddress};
  }
  one.access.kind = test.access;
  one.access.path = test.path;
  one.access.endpoint = test.endpoint;
  if (test.moment) one.now_ns = test.moment->ns;
  one.subject.executable = test.exe;
  if (names(rules, &Service::exe, test.exe)) one.subject.program = test.exe;
  one.subject.script_path = test.script;
  if (names(rules, &Service::script, test.script)) one.subject.script = test.script;
  for (const std::string& parent : test.parents)
    if (names(rules, &Service::exe, parent) || names(rules, &Service::script, parent))
      one.subject.ancestor_programs.push_back(parent);
  if (test.grant) {
    Grant grant = *test.grant;
    if (const auto match = match_access(rules, one.access)) grant.store = rules.stores[match->store].name;
    grant.id = "test";
    grant.user = test.user == "0" ? "root" : test.user;
    one.grants = Grants({std::move(grant)});
  }
  one.subject.unit = test.unit;
  one.subject.user = test.user == "0" ? "root" : test.user;
  one.subject.uid = one.subject.euid = id_of(test.user, kFirstNamedId);
  one.subject.group = test.group == "0" ? "root" : test.group;
  one.subject.gid = id_of(test.group, kFirstNamedId);
  if (test.owner)
    one.access.owner_uid = id_of(*test.owner, kFirstNamedId + (*test.owner == test.user ? 0 : 1));
  return one;
}

TestResult run_test(const RuleSet& rules, const PolicyTest& test) {
  const TestCase one = case_of(rules, test);
  TestResult result{
      .test = &test, .got = judge(rules, one.access, one.subject, one.now()), .differences = {}};
  const Verdict& got = result.got;
  if (const Permit* permit = test.moment ? nullptr : decided_by_time(rules, one))
    result.differences.push_back({"at", "a moment, since " + permit->name + " has a window", ""});
  compare(result.differences, "expect", std::string(name_of(test.expect)), name_of(got.outcome));
  compare(result.differences, "reason", test.reason, name_of(got.reason));
  compare(result.differences, "store", test.store, got.store);
  compare(result.differences, "client", test.client, got.client);
  compare(result.differences, "service", test.service, got.service);
  compare(result.differences, "clause", test.clause, got.clause);
  return result;
}

}  // namespace purposewatch
