// Sequence numbers as text: "5,9-12".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace purposewatch {

class SequenceSet {
 public:
  void add(std::uint64_t first, std::uint64_t last);
  void add(std::uint64_t sequence) { add(sequence, sequence); }
  void add(const SequenceSet& other);
  bool contains(std::uint64_t sequence) const { return intersects(sequence, sequence); }
  bool intersects(std::uint64_t first, std::uint64_t last) const;
  bool contains_all(std::uint64_t first, std::uint64_t last) const;
  std::uint64_t size() const;
  bool empty() const { return ranges_.empty(); }
  // By its first number: the last one.
  const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // neither overlap nor touch
};

std::string to_string(const SequenceSet& set);
std::optional<SequenceSet> sequence_set(std::string_view text);

}  // namespace purposewatch
