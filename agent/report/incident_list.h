// Incidents of a time: flagged findings with one fingerprint, and what people said of them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "exporters/report/report.h"

namespace purposewatch {

class IncidentList {
 public:
  // incidents_max: so many are told apart, and as many reviews are remembered.
  explicit IncidentList(std::size_t incidents_max) : incidents_max_(incidents_max) {}

  // finding: a flagged one, of this time.
  void take_finding(const nlohmann::ordered_json& finding, std::uint64_t record, std::int64_t wall_ns);
  // review: of whatever time; the last one says how it is.
  void take_review(const nlohmann::ordered_json& review, std::int64_t wall_ns);

  // As far as anybody has said; open otherwise.
  ReviewState review_of(const std::string& incident) const;
  bool is_open(const std::string& incident) const { return review_of(incident).is_open; }
  // Open ones first, then the latest.
  Listed<IncidentReport> list(std::size_t rows_max) const;
  void count_by_clause(std::vector<ClauseReport>& clauses) const;
  std::uint64_t open_count() const;

 private:
  struct Incident {
    IncidentReport report;
    std::unordered_set<std::size_t> clients;  // hashes of their names
  };
  std::size_t incidents_max_;
  std::unordered_map<std::string, Incident> incidents_;
  std::unordered_map<std::string, ReviewState> reviews_;
  std::uint64_t findings_left_out_ = 0;
};

}  // namespace purposewatch
