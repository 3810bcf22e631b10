// States of safeguards over a time.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "exporters/report/report.h"

namespace purposewatch {

class SafeguardList {
 public:
  explicit SafeguardList(std::size_t safeguards_max) : safeguards_max_(safeguards_max) {}

  // change: of whatever time before the end of the period.
  void take(const nlohmann::ordered_json& change, std::int64_t wall_ns);

  // Cut to what lies between the two moments, by name.
  Listed<SafeguardReport> list(std::int64_t from_ns, std::int64_t to_ns) const;

 private:
  std::size_t safeguards_max_;
  std::map<std::string, SafeguardReport> safeguards_;
  std::uint64_t changes_left_out_ = 0;
};

}  // namespace purposewatch
