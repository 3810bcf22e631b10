#include "agent/report/clause_list.h"

#include <algorithm>

#include "exporters/report/clauses.h"
#include "exporters/text/number_text.h"
#include "rules/base/visible_text.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

constexpr std::size_t kClausesMax = 100;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + visible_text(word);
  return text;
}

std::string words_of(const Limit& limit) {
  std::vector<std::string> parts;
  if (limit.clients) parts.push_back(count_of(*limit.clients, "client", "clients"));
  if (limit.accesses) parts.push_back(count_of(*limit.accesses, "access", "accesses"));
  if (limit.days) parts.push_back(count_of(*limit.days, "day", "days"));
  return joined(parts) + " within " + to_string(limit.per);
}

std::string by_grant(const Purpose& purpose) {
  std::string text = "Purpose " + visible_text(purpose.name) + " only by grant";
  if (purpose.needs_two) text += ", which two people agree on";
  if (purpose.max_duration) text += ", for at most " + to_string(*purpose.max_duration);
  if (purpose.limit) text += ", and never more than " + words_of(*purpose.limit);
  return text;
}

std::string by_permits(const Purpose& purpose, std::size_t index, const RuleSet& rules) {
  std::vector<std::size_t> services, stores;
  for (const Permit& permit : rules.permits) {
    if (permit.purpose != index) continue;
    services.push_back(permit.service);
    stores.push_back(permit.store);
  }
  const auto distinct = [](std::vector<std::size_t>& all) {
    std::sort(all.begin(), all.end());
    return static_cast<std::uint64_t>(std::unique(all.begin(), all.end()) - all.begin());
  };
  const std::string name = "Purpose " + visible_text(purpose.name);
  if (services.empty()) return name + ": nobody has a permit for it";
  return name + ": " + count_of(distinct(services), "service", "services") + " in " +
         count_of(distinct(stores), "store", "stores") + " have permits, whoever else acts is flagged";
}

void describe(std::vector<ClauseReport>& clauses, const RuleSet& rules) {
  for (std::size_t i = 0; i < rules.purposes.size(); ++i) {
    const Purpose& purpose = rules.purposes[i];
    ClauseReport* clause = clause_in(clauses, purpose.clause);
    if (clause == nullptr) continue;
    clause->protections.push_back(purpose.requires_grant ? by_grant(purpose) : by_permits(purpose, i, rules));
  }
  if (ClauseReport* clause = clause_in(clauses, "P1"))
    clause->protections.push_back("Every record names the policy in force by version and digest");
  ClauseReport* held = clause_in(clauses, "P2");
  if (held == nullptr) return;
  for (const Store& store : rules.stores)
    held->protections.push_back("Store " + visible_text(store.name) + " is watched: " +
                                joined(store.classes) + (store.is_public ? ", which is public" : ""));
}

}  // namespace

std::vector<ClauseReport> clauses_of(const RuleSet* rules) {
  std::vector<ClauseReport> clauses;
  for (const ClauseTitle& title : kClauseTitles) {
    ClauseReport& clause = clauses.emplace_back();
    clause.id = title.id;
    clause.title = title.title;
    clause.promise = title.promise;
  }
  if (rules != nullptr) describe(clauses, *rules);
  return clauses;
}

ClauseReport* clause_in(std::vector<ClauseReport>& clauses, const std::string& id) {
  if (id.empty()) return nullptr;
  const auto found = std::find_if(clauses.begin(), clauses.end(),
                                  [&](const ClauseReport& clause) { return clause.id == id; });
  if (found != clauses.end()) return &*found;
  if (clauses.size() >= kClausesMax) return nullptr;
  ClauseReport& clause = clauses.emplace_back();
  clause.id = id;
  return &clause;
}

}  // namespace purposewatch
