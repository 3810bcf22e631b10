// Ledger: disclosures that are permitted, folded: what a service sends to one place again and again is told
// once, and from then on as one finding with a count for each hour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "rules/model/finding.h"

namespace purposewatch {

class Ledger {
 public:
  static constexpr std::uint64_t kFoldNs = 3600ULL * 1'000'000'000;
  static constexpr std::size_t kEntriesMax = 4096;

  // The finding when it is to be told now: the first of its kind, or one for which there is no room. Else it
  // is counted, and told later. `finding` is of a disclosure.
  std::optional<Finding> take(Finding finding);
  // What has been counted for an hour, by a clock of boot time.
  std::vector<Finding> take_due(std::uint64_t now_boot_ns);
  // Everything, whatever its age.
  std::vector<Finding> take_all();

 private:
  // Who may, and where to: of what differs in anything else, the last one stands for all.
  using Key = std::tuple<std::string, std::string, std::string, std::string, DisclosureKind, std::string,
                         std::string, std::uint32_t, std::string, bool>;
  struct Entry {
    Finding last;  // its count: of those not told yet
    std::uint64_t told_boot_ns = 0;
  };
  static Key key_of(const Finding& finding);

  std::map<Key, Entry> entries_;
  std::uint64_t next_due_ns_ = UINT64_MAX;  // nothing is before; by boot time
};

}  // namespace purposewatch
