#include "rules/limits.h"

#include <algorithm>

#include "rules/clause.h"

namespace purposewatch {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDayNs = 24 * 3600 * kSecondNs;

// What a verdict rests on, when that has a limit.
struct Bound {
  const Limit* limit = nullptr;
  std::string key;
  std::string clause;  // that is broken by too much; empty: as for any other access
};

Bound bound_of(const RuleSet& rules, const Access& access, const Verdict& verdict) {
  if (verdict.outcome == Outcome::kPermitted) {
    for (const Permit& permit : rules.permits)
      if (permit.limit && permit.name == verdict.permit && (permit.access & mask_of(access.kind)) &&
          rules.services[permit.service].name == verdict.service &&
          rules.stores[permit.store].name == verdict.store)
        return {&*permit.limit, "permit " + permit.limited_as, ""};
  } else if (verdict.outcome == Outcome::kGranted) {
    for (const Purpose& purpose : rules.purposes)
      if (purpose.limit && purpose.name == verdict.purpose)
        return {&*purpose.limit, "purpose " + purpose.name, purpose.clause};
  }
  return {};
}

std::string holder_of(const Subject& subject, const Verdict& verdict) {
  const std::string& person = person_of(subject);
  const bool is_service = subject.login_uid == kUnsetId && !verdict.service.empty();
  return is_service || person.empty() ? "service " + verdict.service : "user " + person;
}

}  // namespace

Verdict Limits::apply(const RuleSet& rules, const Access& access, const Subject& subject, const Now& now,
                      Verdict verdict, std::uint64_t count) {
  if (access.disclosure) return verdict;  // reading it was what counts
  const Bound bound = bound_of(rules, access, verdict);
  if (!bound.limit) return verdict;
  const Limit& limit = *bound.limit;
  Usage& usage = usages_[bound.key + " by " + holder_of(subject, verdict)];
  const auto at_ns = static_cast<std::int64_t>(now.boot_ns);
  const std::int64_t per_ns = std::chrono::nanoseconds(limit.per).count(), day = now.wall_ns / kDayNs;
  usage.forget(at_ns - per_ns, (now.wall_ns - per_ns) / kDayNs);
  // Of a store that does not tell clients apart, all is one.
  const std::string client = verdict.store + "/" + verdict.client;
  if (usage.allows(limit, client, day, count)) {
    usage.add(limit, client, at_ns, day, count);
    has_changed_ = true;
    return verdict;
  }
  verdict.outcome = Outcome::kFlagged;
  verdict.reason = Reason::kOverLimit;
  verdict.clause = bound.clause;
  verdict.purpose.clear();
  if (verdict.clause.empty())
    for (const Store& store : rules.stores)
      if (store.name == verdict.store) verdict.clause = broken_clause(store, access.kind);
  return verdict;
}

void Limits::Usage::forget(std::int64_t before_ns, std::int64_t before_day) {
  while (!clients.empty() && clients.front().second <= before_ns) {
    client.erase(clients.front().first);
    clients.pop_front();
  }
  while (!accesses.empty() && (accesses.front().first + 1) * kSecondNs <= before_ns) {
    accesses_total -= accesses.front().second;
    accesses.pop_front();
  }
  while (!days.empty() && days.front() <= before_day) days.pop_front();
}

bool Limits::Usage::allows(const Limit& limit, const std::string& of_client, std::int64_t day,
                           std::uint64_t count) const {
  if (limit.clients && clients.size() >= *limit.clients && !this->client.count(of_client)) return false;
  if (limit.accesses && accesses_total + count > *limit.accesses) return false;
  const bool is_new_day = std::find(days.begin(), days.end(), day) == days.end();
  return !(limit.days && is_new_day && days.size() >= *limit.days);
}

void Limits::Usage::add(const Limit& limit, const std::string& of_client, std::int64_t at_ns,
                        std::int64_t day, std::uint64_t count) {
  if (limit.clients) {
    if (const auto known = client.find(of_client); known != client.end()) {
      // Records of several CPUs come nearly in order: what is told later is not older.
      known->second->second = std::max(known->second->second, at_ns);
      clients.splice(clients.end(), clients, known->second);
    } else {
      client[of_client] = clients.insert(clients.end(), {of_client, at_ns});
    }
  }
  if (limit.accesses) {
    const std::int64_t second = at_ns / kSecondNs;
    if (accesses.empty() || accesses.back().first < second) accesses.emplace_back(second, 0);
    accesses.back().second += count;
    accesses_total += count;
  }
  if (limit.days && std::find(days.begin(), days.end(), day) == days.end()) days.push_back(day);
}

std::vector<Limits::Counted> Limits::counted(std::int64_t wall_minus_boot_ns) const {
  std::vector<Counted> all;
  for (const auto& [key, usage] : usages_) {
    Counted one{.key = key, .clients = {}, .accesses = {}, .days = {usage.days.begin(), usage.days.end()}};
    for (const auto& [client, at_ns] : usage.clients)
      one.clients.emplace_back(client, at_ns + wall_minus_boot_ns);
    for (const auto& [second, count] : usage.accesses)
      one.accesses.emplace_back(second * kSecondNs + wall_minus_boot_ns, count);
    all.push_back(std::move(one));
  }
  return all;
}

void Limits::restore(const std::vector<Counted>& all, std::int64_t wall_minus_boot_ns) {
  for (const Counted& one : all) {
    Usage usage;
    usage.days.assign(one.days.begin(), one.days.end());
    for (const auto& [client, wall_ns] : one.clients)
      if (!usage.client.count(client))
        usage.client[client] =
            usage.clients.insert(usage.clients.end(), {client, wall_ns - wall_minus_boot_ns});
    for (const auto& [wall_ns, count] : one.accesses) {
      usage.accesses.emplace_back((wall_ns - wall_minus_boot_ns) / kSecondNs, count);
      usage.accesses_total += count;
    }
    usages_[one.key] = std::move(usage);
  }
}

}  // namespace purposewatch
