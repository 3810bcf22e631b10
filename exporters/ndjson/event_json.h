// A finding as one JSON object, and the two documents that describe it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules/model/finding.h"

namespace purposewatch {

struct EventSource;

class EventWriter {
 public:
  // Appends one line of valid UTF-8 without its newline, for any bytes in the finding.
  void append(std::string& out, const Finding& finding);
  // The same as two objects, which together (JSON Merge Patch, RFC 7396) are the event: `personal` has all
  // that tells which client it is about. Where the process itself goes by the client's name, as clients' own
  // programs do, that is all that tells who acted. Nothing is appended where there is no such thing.
  void append_parts(std::string& open, std::string& personal, const Finding& finding);

 private:
  struct Place;
  static const std::vector<Place>& places();
  void remember_subject(const EventSource& event);
  template <class Visit>
  void visit_fields(const EventSource& event, const Visit& visit) const;
  bool is_client_who_acts(const std::string& client) const;

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
