// The values of an event's fields, as JSON. Each appends one, or returns false where there is none to append.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/ndjson/event_fields.h"

namespace purposewatch::event_value {

bool number(std::string& out, std::uint64_t value);
// ECS keywords that hold numbers are JSON strings: inode and user numbers are names, not quantities.
bool quoted_number(std::string& out, std::uint64_t value);
bool text(std::string& out, std::string_view bytes);
bool texts(std::string& out, const std::vector<std::string>& list);
bool literal(std::string& out, std::string_view json);
bool date(std::string& out, std::int64_t wall_ns);
// Starts are known in boot time; the finding knows both clocks at one moment.
bool start_date(std::string& out, std::uint64_t start_boot_ns, const Finding& finding);
bool entity_id(std::string& out, std::uint32_t pid, std::uint64_t start_boot_ns, const EventSource& event);
std::string_view ecs_event_type(AccessKind kind);
bool parent(std::string& out, const EventSource& event);
bool ancestors(std::string& out, const EventSource& event);
bool captures(std::string& out, const EventSource& event);
// The exact bytes of what text() shows otherwise.
bool raw(std::string& out, std::string_view bytes);
bool target(std::string& out, const EventSource& event);
// A connection to a port, memory and a way out have no file.
bool has_file(const EventSource& event);
std::string_view ecs_category(AccessKind kind);
bool destination_address(std::string& out, const EventSource& event);
bool destination_port(std::string& out, const EventSource& event);
bool peer(std::string& out, const EventSource& event);
bool one_text(std::string& out, std::string_view bytes);
bool event_id(std::string& out, const EventSource& event);
bool file_device(std::string& out, const EventSource& event);
bool is_flagged(const EventSource& event);

}  // namespace purposewatch::event_value
