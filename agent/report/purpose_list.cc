#include "agent/report/purpose_list.h"

#include <algorithm>

#include "agent/report/record_text.h"
#include "exporters/terminal/json_path.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPurposesMax = 1000;

}  // namespace

PurposeList::PurposeList(const RuleSet* rules, std::size_t services_max) : services_max_(services_max) {
  if (rules == nullptr) return;
  for (const auto& purpose : rules->purposes) {
    PurposeUse& use = purposes_[purpose.name].use;
    use.purpose = purpose.name;
    use.clause = purpose.clause;
    use.needs_grant = purpose.requires_grant;
  }
}

void PurposeList::take_finding(const Json& finding) {
  Purpose* purpose = known(text_in(finding, {"purposewatch", "purpose"}));
  if (purpose == nullptr) return;
  if (purpose->use.clause.empty()) purpose->use.clause = text_in(finding, {"purposewatch", "clause"});
  const std::uint64_t count = std::max<std::uint64_t>(1, number_in(finding, {"purposewatch", "count"}));
  ServiceUse& service = service_of(*purpose, text_in(finding, {"purposewatch", "service"}),
                                   text_in(finding, {"purposewatch", "store"}));
  const bool is_granted = text_in(finding, {"purposewatch", "verdict"}) == "granted";
  (is_granted ? purpose->use.granted : purpose->use.permitted) += count;
  (is_granted ? service.granted : service.permitted) += count;
}

void PurposeList::take_counts(const Json& counts) {
  const Json* accesses = value_at(counts, {"accesses"});
  if (accesses == nullptr || !accesses->is_array()) return;
  has_counts_ = true;
  if (const std::int64_t since = moment_in(counts, {"since"}); since != 0)
    counted_since_ns_ = counted_since_ns_ == 0 ? since : std::min(counted_since_ns_, since);
  for (const Json& access : *accesses) {
    Purpose* purpose = known(text_in(access, {"purpose"}));
    // Without a standing permit there is nothing but grants, whose use is a record each.
    if (purpose == nullptr || purpose->use.needs_grant) continue;
    const std::uint64_t count = number_in(access, {"count"});
    purpose->use.permitted += count;
    service_of(*purpose, text_in(access, {"service"}), text_in(access, {"store"})).permitted += count;
  }
}

PurposeList::Purpose* PurposeList::known(const std::string& name) {
  if (purposes_.size() >= kPurposesMax && !purposes_.contains(name)) return nullptr;
  Purpose& purpose = purposes_[name];
  purpose.use.purpose = name;
  return &purpose;
}

ServiceUse& PurposeList::service_of(Purpose& purpose, const std::string& service, const std::string& store) {
  const auto found = purpose.by_service.find({service, store});
  if (found != purpose.by_service.end()) return found->second;
  if (services_ >= services_max_) {
    ++purpose.use.by_service.more;
    return others_;
  }
  ++services_;
  ServiceUse& use = purpose.by_service[{service, store}];
  use.service = service;
  use.store = store;
  return use;
}

std::vector<PurposeUse> PurposeList::list(std::size_t rows_max) const {
  std::vector<PurposeUse> list;
  for (const auto& [name, purpose] : purposes_) {
    PurposeUse use = purpose.use;
    for (const auto& [key, service] : purpose.by_service) use.by_service.rows.push_back(service);
    std::sort(use.by_service.rows.begin(), use.by_service.rows.end(), [](const auto& a, const auto& b) {
      return std::tuple(b.permitted + b.granted, a.service, a.store) <
             std::tuple(a.permitted + a.granted, b.service, b.store);
    });
    use.by_service.limit_to(rows_max);
    list.push_back(std::move(use));
  }
  std::sort(list.begin(), list.end(), [](const PurposeUse& a, const PurposeUse& b) {
    return std::tie(a.clause, a.purpose) < std::tie(b.clause, b.purpose);
  });
  return list;
}

}  // namespace purposewatch
