#include "exporters/evidence/statements.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 62U;

}  // namespace

bool Statements::hear(const ScannedRecord& record) {
  const RecordKind kind = record.frame.kind;
  if (kind == RecordKind::kErasure) {
    const Blanking blanking = blanked_by(record);
    unsigned_.blanked.add(blanking.records);
    if (blanking.parts == BlankedParts::kAll) unsigned_.blanked_as_a_whole.add(blanking.records);
  }
  if (kind != RecordKind::kGap && kind != RecordKind::kRemoval) return true;
  const SortedJson text = SortedJson::parse(text_of_part(record.open), nullptr, false);
  try {
    if (kind == RecordKind::kRemoval) {
      const auto up_to = text.at("up_to").get<std::uint64_t>();
      if (up_to < record.frame.sequence) unsigned_.removed_up_to = std::max(unsigned_.removed_up_to, up_to);
    } else if (text.at("why") == "torn") {
      const auto offset = text.at("offset").get<std::uint64_t>(),
                 bytes = text.at("bytes").get<std::uint64_t>();
      if (bytes > 0 && offset < kOffsetMax && bytes < kOffsetMax)
        torn_[text.at("segment").get<std::string>()].add(offset, offset + bytes - 1);
    }
    return true;
  } catch (const SortedJson::exception&) {
    return false;
  }
}

void Statements::sign() {
  signed_.blanked.add(unsigned_.blanked);
  signed_.blanked_as_a_whole.add(unsigned_.blanked_as_a_whole);
  signed_.removed_up_to = std::max(signed_.removed_up_to, unsigned_.removed_up_to);
  unsigned_ = {};
}

void Statements::end_segment() {
  unsigned_ = {};
}

bool Statements::are_torn(const std::string& segment, std::uint64_t offset, std::uint64_t bytes) const {
  const auto torn = torn_.find(segment);
  return torn != torn_.end() && torn->second.contains_all(offset, offset + bytes - 1);
}

}  // namespace purposewatch
