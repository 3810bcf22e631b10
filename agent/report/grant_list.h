// Grants: what happened to each, and what was done by it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>

#include "exporters/report/report.h"

namespace purposewatch {

class GrantList {
 public:
  // client: the only one whose grants are told; empty: all are.
  GrantList(std::string client, std::size_t grants_max)
      : client_(std::move(client)), grants_max_(grants_max) {}

  // event: of a grant, of whatever time.
  void take_grant(const nlohmann::ordered_json& event, std::uint64_t record, std::int64_t wall_ns);
  // finding: of this time, in a report about a client one about that client.
  void take_finding(const nlohmann::ordered_json& finding);

  // Reference of a grant; empty: it has none, or is not known.
  std::string reference_of(const std::string& grant) const;
  // Those that were used in this time, or given or in force in it; the latest first.
  Listed<GrantReport> list(const ReportPeriod& period, std::size_t rows_max) const;

 private:
  struct Grant {
    GrantReport report;
    bool is_for_client = false;
  };
  Grant* known(const std::string& id);
  void note_clients(Grant& grant, const nlohmann::ordered_json& event) const;

  std::string client_;
  std::size_t grants_max_;
  std::unordered_map<std::string, Grant> grants_;
  std::uint64_t events_left_out_ = 0;
};

}  // namespace purposewatch
