// All that a Prometheus has witnessed of a log: each scrape has stored, with one time, how many records there
// were and the first bits of the chain at the last of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/witness/query_answer.h"
#include "exporters/http_client/http_client.h"

namespace purposewatch {

// What scrapes in a row have found unchanged.
struct Witnessed {
  std::uint64_t records = 0;
  std::uint64_t head = 0;  // LogHead::witnessed()
  std::int64_t first_ms = 0, last_ms = 0;
  std::uint64_t samples = 1;

  bool operator==(const Witnessed&) const = default;
};

struct WitnessedSeries {
  std::string labels;
  std::vector<Witnessed> runs;  // the oldest first
};

struct WitnessHistory {
  std::vector<WitnessedSeries> series;
  std::uint64_t samples = 0;
  std::uint64_t unpaired = 0;  // samples of one metric without the other, or that no agent exports
};

struct HistoryRequest {
  std::string match;  // {label="value",...}; empty: there has to be one instance
  std::function<void(std::uint64_t samples_done, std::uint64_t samples_all)> on_progress;
};

// Whether it has the form of a selector; what it means, Prometheus says.
bool is_selector(const std::string& match);

// Raw samples, as far back as they are kept, in pieces that a server is willing to answer.
Result<WitnessHistory> read_witness_history(const Ask& ask, const HistoryRequest& request);

}  // namespace purposewatch
