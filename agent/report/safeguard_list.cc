#include "agent/report/safeguard_list.h"

#include <algorithm>

#include "agent/report/record_text.h"

namespace purposewatch {
namespace {

// More of one safeguard nobody can tell apart in a chart.
constexpr std::size_t kSpansMax = 200;

SafeguardState state_named(const std::string& word) {
  for (const SafeguardState state : {SafeguardState::kOk, SafeguardState::kViolated})
    if (word == name_of(state)) return state;
  return SafeguardState::kUnknown;
}

}  // namespace

void SafeguardList::take(const nlohmann::ordered_json& change, std::int64_t wall_ns) {
  const std::string name = text_in(change, {"safeguard"});
  if (name.empty() || (safeguards_.size() >= safeguards_max_ && !safeguards_.contains(name))) {
    ++changes_left_out_;
    return;
  }
  SafeguardReport& safeguard = safeguards_[name];
  safeguard.name = name;
  safeguard.kind = text_in(change, {"kind"});
  safeguard.clause = text_in(change, {"clause"});
  const SafeguardState state = state_named(text_in(change, {"state"}));
  const std::string why = text_in(change, {"why"});
  if (!safeguard.spans.empty()) {
    SafeguardSpan& last = safeguard.spans.back();
    // A clock that was set back makes no span of negative length.
    wall_ns = std::max(wall_ns, last.from_ns);
    last.to_ns = wall_ns;
    if (last.state == state && last.why == why) return;
  }
  safeguard.spans.push_back({.state = state, .from_ns = wall_ns, .to_ns = wall_ns, .why = why});
  if (safeguard.spans.size() > kSpansMax) {
    safeguard.spans.erase(safeguard.spans.begin());
    ++safeguard.changes_left_out;
  }
}

Listed<SafeguardReport> SafeguardList::list(std::int64_t from_ns, std::int64_t to_ns) const {
  Listed<SafeguardReport> list;
  list.more = changes_left_out_;
  for (const auto& [name, whole] : safeguards_) {
    SafeguardReport safeguard = whole;
    safeguard.spans.clear();
    for (std::size_t i = 0; i < whole.spans.size(); ++i) {
      SafeguardSpan span = whole.spans[i];
      span.to_ns = i + 1 < whole.spans.size() ? whole.spans[i + 1].from_ns : to_ns;
      span.from_ns = std::max(span.from_ns, from_ns);
      span.to_ns = std::min(span.to_ns, to_ns);
      if (span.from_ns < span.to_ns || (i + 1 == whole.spans.size() && span.from_ns == span.to_ns))
        safeguard.spans.push_back(std::move(span));
    }
    if (!safeguard.spans.empty()) list.rows.push_back(std::move(safeguard));
  }
  return list;
}

}  // namespace purposewatch
