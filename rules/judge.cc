#include "rules/judge.h"

#include <algorithm>

#include "rules/base/glob.h"
#include "rules/clause.h"
#include "rules/path_index.h"
#include "rules/path_match.h"
#include "rules/purpose.h"

namespace purposewatch {
namespace {

bool covered_by_any(const std::vector<PathPattern>& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const PathPattern& pattern) { return pattern_covers(pattern, path); });
}

StoreMatch describe_match(std::size_t store, const PathPattern& pattern, std::string_view path) {
  StoreMatch match{.store = store, .pattern = pattern.text, .client = {}, .captures = {}};
  for_each_capture(pattern, path, [&](const std::string& name, std::string_view value) {
    if (name == "client")
      match.client = value;
    else
      match.captures.emplace(name, value);
  });
  return match;
}

// The first pattern of a store that covers the path, unless the store excepts it.
std::optional<StoreMatch> match_patterns(const RuleSet& rules, const PathIndex* index,
                                         PathIndex::Patterns patterns, std::string_view path) {
  if (index) {
    for (const PathIndex::Entry& entry : index->covering(rules.stores, path))
      if (const Store& store = rules.stores[entry.store]; !covered_by_any(store.except, path))
        return describe_match(entry.store, (store.*patterns)[entry.pattern], path);
    return std::nullopt;
  }
  for (std::size_t i = 0; i < rules.stores.size(); ++i) {
    const Store& store = rules.stores[i];
    const auto& all = store.*patterns;
    const auto hit = std::find_if(all.begin(), all.end(),
                                  [&](const PathPattern& pattern) { return pattern_covers(pattern, path); });
    if (hit != all.end() && !covered_by_any(store.except, path)) return describe_match(i, *hit, path);
  }
  return std::nullopt;
}

std::optional<StoreMatch> match_port(const RuleSet& rules, const Endpoint& endpoint) {
  const auto leads_to = [&](const PortPattern& port) {
    return port.port == endpoint.port &&
           (port.address ? *port.address == endpoint.address : endpoint.is_local);
  };
  for (std::size_t i = 0; i < rules.stores.size(); ++i) {
    const auto& ports = rules.stores[i].ports;
    const auto hit = std::find_if(ports.begin(), ports.end(), leads_to);
    if (hit != ports.end()) return StoreMatch{.store = i, .pattern = hit->text, .client = {}, .captures = {}};
  }
  return std::nullopt;
}

std::optional<StoreMatch> kernel_match(const RuleSet& rules, const Access& access) {
  if (!access.kernel_store) return std::nullopt;
  for (std::size_t i = 0; i < rules.stores.size(); ++i)
    if (rules.stores[i].name == *access.kernel_store)
      return StoreMatch{
          .store = i, .pattern = {}, .client = access.kernel_client.value_or(""), .captures = {}};
  return std::nullopt;
}

// A directory that is moved takes with it the stores that are below; a mount hides them.
std::optional<StoreMatch> match_below(const RuleSet& rules, std::string_view path) {
  for (std::size_t i = 0; i < rules.stores.size(); ++i) {
    const auto& paths = rules.stores[i].paths;
    if (std::any_of(paths.begin(), paths.end(),
                    [&](const PathPattern& pattern) { return pattern_leads_below(pattern, path); }))
      return StoreMatch{.store = i, .pattern = {}, .client = {}, .captures = {}};
  }
  return std::nullopt;
}

// By name or by number, as the policy has it.
bool is_same(const std::string& wanted, std::uint32_t id, const std::string& name) {
  const bool is_number = wanted.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? wanted == std::to_string(id) : wanted == name;
}

bool is_one_of(const std::string& path, const std::vector<std::string>& paths) {
  return !path.empty() && std::find(paths.begin(), paths.end(), path) != paths.end();
}

// A parent that has a script is known by it: by its executable, it would be any that its interpreter runs.
bool was_started_by(const Service& parent, const Subject& subject) {
  const auto& files = parent.script.empty() ? parent.exe : parent.script;
  return std::any_of(subject.ancestor_programs.begin(), subject.ancestor_programs.end(),
                     [&](const std::string& program) { return is_one_of(program, files); });
}

bool has_parent(const RuleSet& rules, const Service& service, const Subject& subject) {
  return std::any_of(service.parents.begin(), service.parents.end(),
                     [&](std::size_t parent) { return was_started_by(rules.services[parent], subject); });
}

// What a service asks for besides what is run, and whose the file is.
Reason match_circumstances(const RuleSet& rules, const Service& service, const Subject& subject) {
  if (service.user && !is_same(*service.user, subject.euid, subject.user)) return Reason::kUserMismatch;
  if (service.group && !is_same(*service.group, subject.gid, subject.group)) return Reason::kGroupMismatch;
  if (service.unit && (subject.unit.empty() || !glob_matches(*service.unit, subject.unit)))
    return Reason::kUnitMismatch;
  if (!service.parents.empty() && !has_parent(rules, service, subject)) return Reason::kParentMismatch;
  return Reason::kNone;
}

// How near an unpermitted access came to a permit: the nearest service explains the finding.
struct NearMiss {
  int nearness = 0;
  Reason reason = Reason::kUnknownService;
  std::size_t service = 0;
};

NearMiss near_miss(const RuleSet& rules, std::size_t index, std::size_t store, Reason reason) {
  if (reason == Reason::kUnknownService) return {};
  const Service& service = rules.services[index];
  const bool knows_store = std::any_of(rules.permits.begin(), rules.permits.end(), [&](const Permit& permit) {
    return permit.service == index && permit.store == store;
  });
  // Owning a file, by itself, makes nobody a service: without a permit here such a rule explains nothing.
  const bool has_identity = !service.exe.empty() || service.user || service.group || service.unit;
  if (reason == Reason::kTampered && (knows_store || has_identity))
    return {knows_store ? 13 : 12, reason, index};
  if (reason == Reason::kOutsideWindow) return {11, reason, index};
  if (reason == Reason::kNone && knows_store) return {10, Reason::kAccessKind, index};
  // A service that works with this store, but not with this file, says more than one that never touches it.
  if (reason == Reason::kNotOwner && knows_store && !service.exe.empty()) return {9, reason, index};
  if (reason == Reason::kNone && has_identity) return {8, Reason::kNoPermit, index};
  if (!service.exe.empty()) {
    if (reason == Reason::kNotOwner) return {7, reason, index};
    if (reason == Reason::kParentMismatch) return {6, reason, index};
    if (reason == Reason::kUnitMismatch) return {5, reason, index};
    if (reason == Reason::kGroupMismatch) return {4, reason, index};
    if (reason == Reason::kUserMismatch) return {3, reason, index};
    if (reason == Reason::kScriptMismatch) return {2, reason, index};
  }
  if (reason == Reason::kNotOwner && knows_store) return {1, reason, index};
  return {};
}

// The one that holds now, or else the first that holds at other times.
const Permit* find_permit(const RuleSet& rules, std::size_t service, std::size_t store, AccessKind kind,
                          std::int64_t now_ns) {
  const Permit* closed = nullptr;
  for (const Permit& permit : rules.permits) {
    if (permit.service != service || permit.store != store || !(permit.access & mask_of(kind))) continue;
    if (is_open(permit.windows, now_ns)) return &permit;
    if (!closed) closed = &permit;
  }
  return closed;
}

Verdict permitted(const RuleSet& rules, Verdict verdict, const Permit& permit) {
  const Purpose& purpose = rules.purposes[permit.purpose];
  verdict.outcome = Outcome::kPermitted;
  verdict.service = rules.services[permit.service].name;
  verdict.permit = permit.name;
  verdict.purpose = purpose.name;
  verdict.clause = purpose.clause;
  return verdict;
}

const Purpose* purpose_of(const RuleSet& rules, const Grant& grant, const Store& store) {
  for (const Purpose& purpose : rules.purposes)
    if (purpose.name == grant.purpose) return may_touch(purpose, store) ? &purpose : nullptr;
  return nullptr;
}

// A grant that covers the access, or else the nearest: of the person, or of a service that the process is.
struct Held {
  Grants::Found found;
  std::string service;
};

Held held_grant(const RuleSet& rules, const Access& access, const Subject& subject, const Verdict& so_far,
                const Now& now) {
  // What has a grant to read it has one to use it for what that is for.
  const AccessKind kind = access.disclosure ? AccessKind::kRead : access.kind;
  const Grants::Wanted wanted{so_far.store, so_far.client, kind, now.boot_ns};
  Held best{now.grants->for_user(person_of(subject), wanted), {}};
  for (const Service& service : rules.services) {
    if (best.found.reason == Reason::kNone) break;
    if (match_service(rules, service, subject, access.owner_uid) != Reason::kNone) continue;
    const auto found = now.grants->for_service(service.name, wanted);
    if (found.grant && (!best.found.grant || found.reason < best.found.reason)) best = {found, service.name};
  }
  return best;
}

// What the grant says that comes nearest, which the verdict names: kNone, and it is granted; else what is
// wrong with it. Nothing: there is none.
std::optional<Reason> apply_grants(const RuleSet& rules, const Access& access, const Subject& subject,
                                   const Now& now, const Store& store, Verdict& verdict) {
  const Held held = now.grants ? held_grant(rules, access, subject, verdict, now) : Held{};
  const Purpose* purpose = held.found.grant ? purpose_of(rules, *held.found.grant, store) : nullptr;
  if (!purpose) return std::nullopt;
  verdict.grant = held.found.grant->id;
  if (held.found.reason != Reason::kNone) return held.found.reason;
  verdict.outcome = Outcome::kGranted;
  verdict.service = held.service;
  verdict.permit.clear();
  verdict.purpose = purpose->name;
  verdict.clause = purpose->clause;
  return Reason::kNone;
}

bool is_public_reading(const Store& store, const Access& access) {
  return store.is_public &&
         (access.disclosure || access.kind == AccessKind::kRead || access.kind == AccessKind::kList);
}

Verdict judge_disclosure(const RuleSet& rules, std::size_t store, const Access& access,
                         const Subject& subject, const Now& now, Verdict verdict) {
  const Egress egress = egress_of(rules, store, *access.disclosure, subject, now.names);
  if (egress.is_permitted) {
    verdict = permitted(rules, std::move(verdict), *egress.permit);
    if (egress.is_by_policy) verdict.permit = "egress";
    return verdict;
  }
  if (apply_grants(rules, access, subject, now, rules.stores[store], verdict) == Reason::kNone)
    return verdict;
  verdict.outcome = Outcome::kFlagged;
  verdict.reason = Reason::kNoEgress;
  if (egress.permit) verdict.service = rules.services[egress.permit->service].name;
  verdict.clause = disclosing_clause(rules.stores[store]);
  return verdict;
}

}  // namespace

std::optional<StoreMatch> match_store(const RuleSet& rules, std::string_view path) {
  return match_patterns(rules, rules.index.get(), &Store::paths, path);
}

std::optional<StoreMatch> match_socket(const RuleSet& rules, std::string_view path) {
  return match_patterns(rules, rules.socket_index.get(), &Store::sockets, path);
}

std::optional<StoreMatch> match_access(const RuleSet& rules, const Access& access) {
  if (access.takes_kernels_word()) return kernel_match(rules, access);
  if (access.endpoint) return match_port(rules, *access.endpoint);
  if (access.kind == AccessKind::kConnect) return match_socket(rules, access.path);
  auto match = match_store(rules, access.path);
  const bool takes_all_below = access.is_mount || (access.kind == AccessKind::kRename && access.is_directory);
  return match || !takes_all_below ? match : match_below(rules, access.path);
}

Reason match_service(const RuleSet& rules, const Service& service, const Subject& subject,
                     std::optional<std::uint32_t> owner_uid) {
  if (!service.exe.empty() && !is_one_of(subject.program, service.exe)) return Reason::kUnknownService;
  if (!service.script.empty() && !is_one_of(subject.script, service.script)) return Reason::kScriptMismatch;
  if (const Reason reason = match_circumstances(rules, service, subject); reason != Reason::kNone)
    return reason;
  // What root owns, root made or the system did: owning it makes nobody the client whose data it is. So root
  // is not even nearly a service that is known by nothing but ownership.
  if (service.owner && subject.euid == 0)
    return service.exe.empty() ? Reason::kUnknownService : Reason::kNotOwner;
  if (service.owner && owner_uid != subject.euid) return Reason::kNotOwner;
  return subject.tampered_by.empty() ? Reason::kNone : Reason::kTampered;
}

bool acts_for(const RuleSet& rules, const Service& service, const Subject& subject) {
  return !service.exe.empty() && subject.tampered_by.empty() && was_started_by(service, subject) &&
         match_circumstances(rules, service, subject) == Reason::kNone;
}

Verdict judge(const RuleSet& rules, const Access& access, const Subject& subject, const Now& now) {
  const auto match = match_access(rules, access);
  if (!match) return {};
  const Store& store = rules.stores[match->store];
  Verdict verdict;
  verdict.store = store.name;
  verdict.client = match->client;
  verdict.captures = match->captures;

  if (is_public_reading(store, access)) {
    verdict.outcome = Outcome::kPermitted;
    verdict.permit = "public";
    verdict.clause = kPublicClause;
    return verdict;
  }
  if (access.disclosure)
    return judge_disclosure(rules, match->store, access, subject, now, std::move(verdict));
  NearMiss nearest;
  for (std::size_t i = 0; i < rules.services.size(); ++i) {
    const Reason reason = match_service(rules, rules.services[i], subject, access.owner_uid);
    const Permit* permit =
        reason == Reason::kNone ? find_permit(rules, i, match->store, access.kind, now.wall_ns) : nullptr;
    if (permit && is_open(permit->windows, now.wall_ns)) return permitted(rules, std::move(verdict), *permit);
    const NearMiss miss = near_miss(rules, i, match->store, permit ? Reason::kOutsideWindow : reason);
    if (miss.nearness <= nearest.nearness) continue;
    nearest = miss;
    verdict.permit = permit ? permit->name : "";
  }
  const auto by_grant = apply_grants(rules, access, subject, now, store, verdict);
  if (by_grant == Reason::kNone) return verdict;
  verdict.outcome = Outcome::kFlagged;
  verdict.reason = by_grant.value_or(nearest.reason);
  if (nearest.nearness > 0) verdict.service = rules.services[nearest.service].name;
  verdict.clause = broken_clause(store, access.kind);
  return verdict;
}

}  // namespace purposewatch
