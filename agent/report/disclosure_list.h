// Where client data went in a time: ways out of one kind, to one place, by one service or program.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "exporters/report/report.h"

namespace purposewatch {

// "tcp 192.0.2.1:443", "unix /run/relay", or the path of a copy; empty: the finding is of no way out.
std::string destination_of(const nlohmann::ordered_json& finding);

class DisclosureList {
 public:
  // So many are told apart.
  explicit DisclosureList(std::size_t ways_max) : ways_max_(ways_max) {}

  // Any finding of this time.
  void take_finding(const nlohmann::ordered_json& finding, std::uint64_t record, std::int64_t wall_ns);
  // Flagged ones first, then those that were taken most.
  Listed<DisclosureReport> list(std::size_t rows_max) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;

  std::size_t ways_max_;
  std::map<Key, DisclosureReport> ways_;
  std::uint64_t left_out_ = 0;
};

}  // namespace purposewatch
