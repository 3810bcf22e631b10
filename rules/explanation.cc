#include "rules/explanation.h"

#include <algorithm>

#include "rules/language/run_tests.h"
#include "rules/language/times.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

std::string user_of(const Subject& subject) {
  if (!subject.user.empty()) return subject.user;
  return subject.euid == kUnsetId ? "unknown" : std::to_string(subject.euid);
}

std::string group_of(const Subject& subject) {
  if (!subject.group.empty()) return subject.group;
  return subject.gid == kUnsetId ? "unknown" : std::to_string(subject.gid);
}

// Tests know users by name only; their ids would mislead.
std::string owner_of(std::uint32_t uid) {
  return uid >= kFirstNamedId ? "another user" : "user id " + std::to_string(uid);
}

// The conditions that hold before the one that fails: "imap by executable and user".
std::string as_far_as(const Service& service, Reason failed) {
  // Reasons stand in the order in which conditions are looked at.
  const auto holds = [&](Reason condition) { return failed == Reason::kNone || condition < failed; };
  std::vector<std::string> held;
  if (!service.exe.empty()) held.emplace_back("executable");
  if (!service.script.empty() && holds(Reason::kScriptMismatch)) held.emplace_back("script");
  if (service.user && holds(Reason::kUserMismatch)) held.emplace_back("user");
  if (service.group && holds(Reason::kGroupMismatch)) held.emplace_back("group");
  if (service.unit && holds(Reason::kUnitMismatch)) held.emplace_back("unit");
  if (!service.parents.empty() && holds(Reason::kParentMismatch)) held.emplace_back("parent");
  if (service.owner && holds(Reason::kNotOwner)) held.emplace_back("owner");
  std::string text = service.name;
  for (std::size_t i = 0; i < held.size(); ++i)
    text += (i == 0 ? " by " : i + 1 == held.size() ? " and " : ", ") + held[i];
  return text;
}

// "a", "a or b", "a, b or c".
std::string any_of_these(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

std::string parents_of(const RuleSet& rules, const Service& service) {
  std::vector<std::string> names;
  for (const std::size_t parent : service.parents) names.push_back(rules.services[parent].name);
  return any_of_these(names);
}

std::string sentence_of(const RuleSet& rules, const Service& service, Reason failed, const Subject& subject,
                        std::optional<std::uint32_t> owner_uid) {
  const std::string near = "is " + as_far_as(service, failed) + ", but ";
  switch (failed) {
    case Reason::kUnknownService:
      if (service.exe.empty()) return "is not " + service.name + ": root is no client";
      return "is not " + service.name + ": " +
             (subject.executable.empty() ? "its program is none of that service's"
                                         : subject.executable + " is none of its programs");
    case Reason::kScriptMismatch:
      return near + "runs " + (subject.script_path.empty() ? "no script" : subject.script_path) + ", not " +
             any_of_these(service.script);
    case Reason::kUserMismatch:
      return near + "user is " + user_of(subject) + ", not " + *service.user;
    case Reason::kGroupMismatch:
      return near + "group is " + group_of(subject) + ", not " + *service.group;
    case Reason::kUnitMismatch:
      return near + "runs in " + (subject.unit.empty() ? "no unit" : subject.unit) + ", not " + *service.unit;
    case Reason::kParentMismatch:
      return near + "was not started by " + parents_of(rules, service);
    case Reason::kTampered:
      return near + "was tampered with: " + subject.tampered_by;
    case Reason::kNotOwner:
      if (subject.euid == 0) return near + "what root owns belongs to the system, not to a client";
      if (!owner_uid) return near + "the file's owner is not known";
      return near + "the file belongs to " + owner_of(*owner_uid) + ", not to " + user_of(subject);
    default:
      return "is " + as_far_as(service, failed);
  }
}

// "02:00-05:00 and sat,sun 10:00-12:00"
std::string hours_of(const Permit& permit) {
  std::string text;
  for (const Window& window : permit.windows) text += (text.empty() ? "" : " and ") + window.text;
  return text;
}

// "backup.example.net:22 or 192.0.2.0/24:443"
std::string egress_of(const Permit& permit) {
  std::vector<std::string> all;
  for (const Destination& one : permit.egress) all.push_back(one.text);
  return any_of_these(all);
}

// "at most 500 clients and 9000 accesses in 1h"
std::string limit_text(const Limit& limit) {
  std::string text;
  const auto add = [&](const std::optional<std::uint32_t>& count, const char* what) {
    if (count) text += (text.empty() ? "at most " : " and ") + std::to_string(*count) + " " + what;
  };
  add(limit.clients, "clients");
  add(limit.accesses, "accesses");
  add(limit.days, "days");
  return text + " in " + to_string(limit.per);
}

std::string sentence_of(const RuleSet& rules, const Permit& permit) {
  std::string kinds;
  for (std::size_t i = 0; i < kAccessKindCount; ++i)
    if (permit.access & mask_of(static_cast<AccessKind>(i)))
      kinds += (kinds.empty() ? "" : ", ") + std::string(kAccessKindNames[i]);
  const Purpose& purpose = rules.purposes[permit.purpose];
  return permit.name + ": may " + kinds + " for " + purpose.name + " (" + purpose.clause + ")" +
         (permit.windows.empty() ? "" : ", only " + hours_of(permit)) +
         (permit.limit ? ", " + limit_text(*permit.limit) : "") +
         (permit.egress.empty() ? "" : "; what it reads may go to " + egress_of(permit));
}

std::optional<std::size_t> store_index(const RuleSet& rules, const std::string& name) {
  for (std::size_t i = 0; i < rules.stores.size(); ++i)
    if (rules.stores[i].name == name) return i;
  return std::nullopt;
}

}  // namespace

std::string exception_of(const RuleSet& rules, const Access& access) {
  for (const Store& store : rules.stores) {
    const auto covers = [&](const PathPattern& pattern) { return pattern_covers(pattern, access.path); };
    const auto& patterns = access.kind == AccessKind::kConnect ? store.sockets : store.paths;
    if (std::none_of(patterns.begin(), patterns.end(), covers)) continue;
    const auto except = std::find_if(store.except.begin(), store.except.end(), covers);
    if (except != store.except.end()) return "'" + except->text + "' of store " + store.name;
  }
  return {};
}

Explanation explain(const RuleSet& rules, const Access& access, const Subject& subject, const Now& now) {
  Explanation result;
  result.verdict = judge(rules, access, subject, now);
  result.what = access.endpoint                       ? "the port"
                : access.kind == AccessKind::kConnect ? "the socket"
                                                      : "the path";
  if (const auto match = match_access(rules, access))
    result.pattern = match->pattern;
  else
    result.excepted = exception_of(rules, access);
  const auto store = store_index(rules, result.verdict.store);
  if (!store) return result;
  for (std::size_t i = 0; i < rules.services.size(); ++i) {
    const Service& service = rules.services[i];
    ServiceExplanation one;
    one.service = service.name;
    one.failed = match_service(rules, service, subject, access.owner_uid);
    one.sentence = sentence_of(rules, service, one.failed, subject, access.owner_uid);
    for (const Permit& permit : rules.permits) {
      if (one.failed != Reason::kNone || permit.service != i || permit.store != *store) continue;
      one.permits.push_back(sentence_of(rules, permit));
      if (result.verdict.reason == Reason::kOutsideWindow && result.verdict.permit == permit.name &&
          result.verdict.service == service.name)
        one.sentence += ", but may only " + hours_of(permit);
    }
    result.services.push_back(std::move(one));
  }
  return result;
}

std::string summary_of(const Explanation& explanation) {
  const Verdict& verdict = explanation.verdict;
  std::string text(name_of(verdict.outcome));
  if (verdict.outcome == Outcome::kNoStore)
    return text + (explanation.excepted.empty() ? ": no store covers " + explanation.what
                                                : ": excepted by " + explanation.excepted);
  if (verdict.outcome == Outcome::kPermitted) return text + " by " + verdict.permit;
  if (verdict.outcome == Outcome::kGranted) return text + " by " + verdict.grant;
  text += ": " + std::string(name_of(verdict.reason));
  if (verdict.reason == Reason::kOutsideGrant) return text + ": grant " + verdict.grant + " is not for this";
  if (verdict.reason == Reason::kGrantEnded) return text + ": grant " + verdict.grant + " has ended";
  if (verdict.reason == Reason::kNoEgress && verdict.service.empty())
    return text + ": it has no permit for what it carries";
  for (const ServiceExplanation& one : explanation.services) {
    if (one.service != verdict.service) continue;
    const bool is_by_permit = verdict.reason == Reason::kNoEgress && !one.permits.empty();
    text += ": " + (is_by_permit ? one.permits.front() : one.sentence);
  }
  return text;
}

}  // namespace purposewatch
