// How much was done lately under permits and grants that have a limit. judge knows no history: what it has
// permitted or granted comes here, and is flagged when it would be too much.
//
// Counted for each person who has logged in, and, where nobody has, for the service: its nightly job is not
// the admin who runs the same program. A limit slides: it is about the last hour, not about the hour of the
// clock.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/judge.h"

namespace purposewatch {

class Limits {
 public:
  // The verdict, unless a limit is reached: then it is flagged, for over-limit, and not counted. count:
  // accesses that it is about.
  Verdict apply(const RuleSet& rules, const Access& access, const Subject& subject, const Now& now,
                Verdict verdict, std::uint64_t count);

  // What is counted, by a clock that goes on over reboots: nanoseconds since the epoch.
  struct Counted {
    std::string key;
    std::vector<std::pair<std::string, std::int64_t>> clients;     // with the last access to each
    std::vector<std::pair<std::int64_t, std::uint64_t>> accesses;  // how many in which second
    std::vector<std::int64_t> days;                                // since the epoch
  };
  std::vector<Counted> counted(std::int64_t wall_minus_boot_ns) const;
  void restore(const std::vector<Counted>& all, std::int64_t wall_minus_boot_ns);
  // Since the last call: does counted() differ?
  bool has_changed() { return std::exchange(has_changed_, false); }

 private:
  using Times = std::list<std::pair<std::string, std::int64_t>>;  // by boot time, the oldest first
  struct Usage {
    Times clients;
    std::unordered_map<std::string, Times::iterator> client;
    std::deque<std::pair<std::int64_t, std::uint64_t>> accesses;
    std::uint64_t accesses_total = 0;
    std::deque<std::int64_t> days;

    void forget(std::int64_t before_ns, std::int64_t before_day);
    bool allows(const Limit& limit, const std::string& of_client, std::int64_t day,
                std::uint64_t count) const;
    void add(const Limit& limit, const std::string& of_client, std::int64_t at_ns, std::int64_t day,
             std::uint64_t count);
  };

  std::map<std::string, Usage> usages_;
  bool has_changed_ = false;
};

}  // namespace purposewatch
