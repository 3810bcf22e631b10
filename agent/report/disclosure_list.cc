#include "agent/report/disclosure_list.h"

#include <algorithm>

#include "agent/report/actor_of.h"
#include "agent/report/record_text.h"
#include "exporters/terminal/json_path.h"
#include "rules/base/address.h"

namespace purposewatch {

using Json = nlohmann::ordered_json;

std::string destination_of(const Json& finding) {
  if (value_at(finding, {"purposewatch", "disclosure"}) == nullptr) return {};
  std::string to = text_in(finding, {"purposewatch", "disclosure", "protocol"});
  const auto add = [&](const std::string& more) { to += (to.empty() ? "" : " ") + more; };
  if (const std::string path = text_in(finding, {"purposewatch", "disclosure", "path"}); !path.empty())
    add(path);
  if (const std::string address = text_in(finding, {"destination", "address"}); !address.empty()) {
    const std::uint64_t port = number_in(finding, {"destination", "port"});
    add(bracketed(address) + (port == 0 ? "" : ":" + std::to_string(port)));
  }
  return to;
}

void DisclosureList::take_finding(const Json& finding, std::uint64_t record, std::int64_t wall_ns) {
  const std::string kind = text_in(finding, {"purposewatch", "disclosure", "kind"});
  if (kind.empty()) return;
  const std::string verdict = text_in(finding, {"purposewatch", "verdict"}), to = destination_of(finding),
                    store = text_in(finding, {"purposewatch", "store"});
  Actor who = actor_of(finding);
  const Key key{verdict, kind, to, store, who.service.empty() ? who.program : who.service};
  if (ways_.size() >= ways_max_ && !ways_.contains(key)) {
    ++left_out_;
    return;
  }
  DisclosureReport& way = ways_[key];
  if (way.first_record == 0)
    way = {.kind = kind,
           .to = to,
           .store = store,
           .verdict = verdict,
           .who = std::move(who),
           .count = 0,
           .first_ns = wall_ns,
           .last_ns = wall_ns,
           .first_record = record};
  way.count += std::max<std::uint64_t>(1, number_in(finding, {"purposewatch", "count"}));
  way.last_ns = std::max(way.last_ns, wall_ns);
}

Listed<DisclosureReport> DisclosureList::list(std::size_t rows_max) const {
  Listed<DisclosureReport> list;
  for (const auto& [key, way] : ways_) list.rows.push_back(way);
  std::stable_sort(
      list.rows.begin(), list.rows.end(), [](const DisclosureReport& a, const DisclosureReport& b) {
        return std::tuple(a.verdict != "flagged", b.count) < std::tuple(b.verdict != "flagged", a.count);
      });
  list.more = left_out_;
  list.limit_to(rows_max);
  return list;
}

}  // namespace purposewatch
