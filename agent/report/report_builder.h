// Records in, a report out. What it remembers is bounded, however long the log is.
#pragma once

#include <optional>
#include <string>

#include "agent/report/client_accesses.h"
#include "agent/report/disclosure_list.h"
#include "agent/report/grant_list.h"
#include "agent/report/happening_list.h"
#include "agent/report/incident_list.h"
#include "agent/report/purpose_list.h"
#include "agent/report/safeguard_list.h"
#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/verify.h"
#include "exporters/report/report.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct ReportRequest {
  std::string client;  // raw bytes, as the store captures it; empty: about all
  std::int64_t since_ns = 0, until_ns = ReportPeriod::kUnbounded;
  std::int64_t now_ns = 0;
  std::size_t rows_max = 500;           // of a section
  std::size_t client_rows_max = 5'000;  // of the accesses to a client's data
  std::size_t remembered_max = 10'000;  // incidents, ways out, and grants
};

class ReportBuilder {
 public:
  // rules: null when there is no policy to be read. They outlive the builder.
  ReportBuilder(ReportRequest request, const RuleSet* rules);

  // In the order of the log.
  void take(const ScannedRecord& record);
  Report finish(const LogReport& evidence) const;

 private:
  void take_finding(const nlohmann::ordered_json& event, const Frame& frame);
  void take_grant(const nlohmann::ordered_json& event, const Frame& frame);
  void take_own(const nlohmann::ordered_json& event, const Frame& frame);
  void note_policy(const nlohmann::ordered_json& text, RecordKind kind);
  void count(const Frame& frame);
  void finish_all(Report& report) const;
  void finish_client(Report& report) const;
  bool is_about_client() const { return !client_.empty(); }
  bool is_about_client(const nlohmann::ordered_json& finding) const;

  ReportRequest request_;
  std::string client_;  // visible text
  const RuleSet* rules_;
  ReportPeriod period_;
  Report report_;  // what is counted as it comes
  IncidentList incidents_;
  GrantList grants_;
  PurposeList purposes_;
  DisclosureList disclosures_;
  SafeguardList safeguards_;
  HappeningList happenings_;
  ClientAccesses client_accesses_;
};

}  // namespace purposewatch
