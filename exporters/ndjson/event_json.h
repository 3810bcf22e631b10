// A finding as one JSON object, and the two documents that describe it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules/model/finding.h"

namespace purposewatch {

class EventWriter {
 public:
  // Appends one line of valid UTF-8 without its newline, for any bytes in the finding.
  void append(std::string& out, const Finding& finding);

 private:
  // What was written of the last finding's subject, by field: nearly always the next one is of the same
  // process.
  std::shared_ptr<const Subject> subject_;
  std::int64_t clock_offset_ns_ = 0;
  std::vector<std::string> texts_;
};

// JSON Schema (draft 2020-12) of an event.
std::string event_json_schema();

// The fields as a Markdown table.
std::string event_field_reference();

}  // namespace purposewatch
