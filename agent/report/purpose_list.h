// What was permitted and granted, by purpose.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "exporters/report/report.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

class PurposeList {
 public:
  // rules: may be null. services_max: so many pairs of service and store are told apart.
  PurposeList(const RuleSet* rules, std::size_t services_max);

  // finding: one that is not flagged, of this time.
  void take_finding(const nlohmann::ordered_json& finding);
  // Accesses that were told as counts; since: when the counting began.
  void take_counts(const nlohmann::ordered_json& counts);

  bool has_counts() const { return has_counts_; }
  std::int64_t counted_since_ns() const { return counted_since_ns_; }
  std::vector<PurposeUse> list(std::size_t rows_max) const;

 private:
  struct Purpose {
    PurposeUse use;
    std::map<std::pair<std::string, std::string>, ServiceUse> by_service;  // and store
  };
  Purpose* known(const std::string& name);
  ServiceUse& service_of(Purpose& purpose, const std::string& service, const std::string& store);

  std::size_t services_max_, services_ = 0;
  std::map<std::string, Purpose> purposes_;
  ServiceUse others_;  // that are not told apart
  bool has_counts_ = false;
  std::int64_t counted_since_ns_ = 0;
};

}  // namespace purposewatch
