#include "exporters/evidence/sequence_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace purposewatch {

void SequenceSet::add(std::uint64_t first, std::uint64_t last) {
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= first || before->second + 1 == first) {
      first = before->first;
      last = std::max(last, before->second);
      ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && (next->first <= last || next->first - 1 == last)) {
    last = std::max(last, next->second);
    next = ranges_.erase(next);
  }
  ranges_[first] = last;
}

void SequenceSet::add(const SequenceSet& other) {
  for (const auto& [first, last] : other.ranges_) add(first, last);
}

bool SequenceSet::intersects(std::uint64_t first, std::uint64_t last) const {
  const auto next = ranges_.upper_bound(last);
  return next != ranges_.begin() && std::prev(next)->second >= first;
}

bool SequenceSet::contains_all(std::uint64_t first, std::uint64_t last) const {
  const auto next = ranges_.upper_bound(first);
  return next != ranges_.begin() && std::prev(next)->second >= last;
}

std::uint64_t SequenceSet::size() const {
  std::uint64_t size = 0;
  for (const auto& [first, last] : ranges_) size += last - first + 1;
  return size;
}

std::string to_string(const SequenceSet& set) {
  std::string text;
  for (const auto& [first, last] : set.ranges()) {
    if (!text.empty()) text += ',';
    text += first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

std::optional<SequenceSet> sequence_set(std::string_view text) {
  SequenceSet set;
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
  };
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view range = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = range.find('-');
    const auto first = number(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(range.substr(dash + 1));
    if (!first || !last || *first > *last || *last == UINT64_MAX) return std::nullopt;
    set.add(*first, *last);
  }
  return set;
}

}  // namespace purposewatch
