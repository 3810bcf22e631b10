// What the evidence of some time says: plain values, which the renderers beside it turn into a page or JSON.
// Texts are visible text already. Moments are nanoseconds since the epoch, in UTC.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/model/finding.h"
#include "rules/model/safeguard.h"

namespace purposewatch {

// A section lists at most so many rows; the others are counted, and the report says so.
template <class Row>
struct Listed {
  std::vector<Row> rows;
  std::uint64_t more = 0;

  // Leaves the first ones.
  void limit_to(std::size_t rows_max) {
    if (rows.size() <= rows_max) return;
    more += rows.size() - rows_max;
    rows.resize(rows_max);
  }
};

struct AccessCounts {
  std::uint64_t permitted = 0, granted = 0, flagged = 0;
};

struct ReportPeriod {
  static constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();
  std::int64_t since_ns = 0, until_ns = kUnbounded;  // as asked for; until: not included
  std::int64_t first_ns = 0, last_ns = 0;            // of the records in it; 0: there are none
  bool contains(std::int64_t wall_ns) const { return wall_ns >= since_ns && wall_ns < until_ns; }
};

// What verifying the whole of the evidence has given.
struct EvidenceCheck {
  std::uint64_t segments = 0, bytes = 0, first = 0, last = 0, signed_up_to = 0;
  std::uint64_t checkpoints = 0, keys = 0, blanked = 0, problem_count = 0, remark_count = 0;
  std::int64_t first_wall_ns = 0, last_wall_ns = 0;
  std::string chain, first_key;                // hexadecimal
  std::vector<std::string> problems, remarks;  // the first few
  bool is_sound() const { return problem_count == 0; }
};

// What one service did in one store for one purpose.
struct ServiceUse {
  std::string service, store;
  std::uint64_t permitted = 0, granted = 0;
};

struct PurposeUse {
  std::string purpose, clause;
  bool needs_grant = false;
  std::uint64_t permitted = 0, granted = 0;
  Listed<ServiceUse> by_service;
};

// Who acted. Empty: not known, or not to be told here.
struct Actor {
  std::string person;   // who has logged in, or, where nobody has, whose process it is
  std::string acts_as;  // the user whose rights were used, when that is another
  std::string program, service;
};

struct ReviewState {
  bool is_open = true;
  std::string disposition, severity, reference, by;
  std::int64_t changed_ns = 0;
};

struct IncidentReport {
  std::string id, store, reason, clause;
  Actor who;
  std::uint64_t accesses = 0, clients = 0;
  bool clients_are_more = false;  // than were told apart
  std::int64_t first_ns = 0, last_ns = 0;
  std::uint64_t first_record = 0;
  ReviewState review;
};

struct GrantReport {
  std::string id, who, store, purpose, clause, reference, approved_by, requested_by, reviewed_by;
  std::string state;  // given, refused, revoked, expired
  std::string why;    // it was refused
  std::vector<std::string> access;
  std::uint64_t clients = 0;  // it is for; 0: for all of them
  bool is_break_glass = false, clients_are_blanked = false;
  std::int64_t given_ns = 0, expires_ns = 0, ended_ns = 0;  // 0: not known, or not yet
  std::uint64_t granted = 0;                                // accesses made by it in this time
  std::uint64_t flagged = 0;                                // that came near it, and were not covered
};

struct SafeguardSpan {
  SafeguardState state = SafeguardState::kUnknown;
  std::int64_t from_ns = 0, to_ns = 0;
  std::string why;
};

struct SafeguardReport {
  std::string name, kind, clause;
  std::vector<SafeguardSpan> spans;    // in their order, without a hole; the last one lasts
  std::uint64_t changes_left_out = 0;  // the earliest ones
  SafeguardState now() const { return spans.empty() ? SafeguardState::kUnknown : spans.back().state; }
};

// Where data of one store went, by one service or program.
struct DisclosureReport {
  std::string kind, to, store, verdict;  // to: "tcp 192.0.2.1:443", or a path
  Actor who;
  std::uint64_t count = 0;
  std::int64_t first_ns = 0, last_ns = 0;
  std::uint64_t first_record = 0;
};

// Something that the agent did or that happened to it.
struct Happening {
  std::int64_t wall_ns = 0;
  std::uint64_t record = 0;
  std::string kind, what;
  bool is_trouble = false;
};

struct ClauseReport {
  std::string id, title, promise;  // our own words; empty for a clause that we do not know
  std::vector<std::string> protections;
  AccessCounts accesses;
  std::uint64_t incidents = 0, open_incidents = 0, grants = 0;
  std::uint64_t safeguards_ok = 0, safeguards_violated = 0, safeguards_unknown = 0;
};

// One record about the client.
struct ClientAccess {
  std::uint64_t record = 0, count = 1;
  std::int64_t first_ns = 0, last_ns = 0;
  std::string kind, store, place;  // place: below what is the client's
  std::string to;                  // of a way out
  Actor who;
  std::string verdict, reason, purpose, clause, grant, reference, incident;
  ReviewState review;  // of a flagged one's incident
};

struct Report {
  std::int64_t made_ns = 0;
  std::string version;  // of the program that made it
  std::string host_name, host_id;
  std::string client;  // the only one it is about; empty: it is about none in particular
  ReportPeriod period;
  std::optional<PolicyIdentity> policy;    // that the clauses are told by
  std::optional<PolicyIdentity> in_force;  // the last one that the evidence says was
  std::string policy_error;                // why there is none
  EvidenceCheck evidence;
  std::uint64_t records = 0;                  // in this time, or about the client in it
  AccessCounts accesses;                      // the same
  std::uint64_t blanked_records = 0;          // in this time: whose data they were about is erased
  bool permitted_is_recorded = false;         // whether there are counts of what was permitted
  std::int64_t permitted_since_ns = 0;        // and from when on
  std::map<std::string, std::uint64_t> lost;  // by stage
  std::vector<ClauseReport> clauses;
  std::vector<PurposeUse> purposes;
  Listed<IncidentReport> incidents;
  std::uint64_t open_incidents = 0;
  Listed<GrantReport> grants;
  Listed<DisclosureReport> disclosures;
  Listed<SafeguardReport> safeguards;
  Listed<Happening> happenings;
  Listed<ClientAccess> client_accesses;  // empty in a report about all

  bool is_about_client() const { return !client.empty(); }
};

}  // namespace purposewatch
