#include "exporters/evidence/blanking.h"

#include <nlohmann/json.hpp>

namespace purposewatch {

SequenceSet blanked_by(const ScannedRecord& record) {
  if (record.frame.kind != RecordKind::kErasure || record.open_state != ScannedRecord::Part::kWhole)
    return {};
  const auto json = nlohmann::json::parse(text_of_part(record.open), nullptr, false);
  if (!json.is_object() || !json.contains("records") || !json["records"].is_string()) return {};
  SequenceSet blanked;
  if (const auto set = sequence_set(json["records"].get<std::string>()))
    for (const auto& [first, last] : set->ranges())
      if (last < record.frame.sequence) blanked.add(first, last);
  return blanked;
}

}  // namespace purposewatch
