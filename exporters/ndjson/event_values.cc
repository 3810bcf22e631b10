#include "exporters/ndjson/event_values.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "exporters/ndjson/entity_id.h"
#include "exporters/text/encoding.h"
#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"

namespace purposewatch::event_value {

using Event = EventSource;

bool number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
  return true;
}

bool quoted_number(std::string& out, std::uint64_t value) {
  out += '"';
  number(out, value);
  out += '"';
  return true;
}

bool text(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return false;
  append_json_string(out, bytes);
  return true;
}

bool texts(std::string& out, const std::vector<std::string>& list) {
  if (list.empty()) return false;
  char separator = '[';
  for (const std::string& item : list) {
    out += separator;
    append_json_string(out, item);
    separator = ',';
  }
  out += ']';
  return true;
}

bool literal(std::string& out, std::string_view json) {
  out += json;
  return true;
}

bool date(std::string& out, std::int64_t wall_ns) {
  out += '"';
  append_rfc3339(out, wall_ns);
  out += '"';
  return true;
}

bool start_date(std::string& out, std::uint64_t start_boot_ns, const Finding& finding) {
  if (start_boot_ns == 0) return false;
  const auto age_ns = static_cast<std::int64_t>(finding.boot_ns - start_boot_ns);
  return date(out, finding.wall_ns - age_ns);
}

bool entity_id(std::string& out, std::uint32_t pid, std::uint64_t start_boot_ns, const Event& event) {
  return text(out, process_entity_id(event.host.boot_id, pid, start_boot_ns));
}

std::string_view ecs_event_type(AccessKind kind) {
  switch (kind) {
    case AccessKind::kWrite:
    case AccessKind::kRename:
    case AccessKind::kAttr:
      return "change";
    case AccessKind::kCreate:
      return "creation";
    case AccessKind::kDelete:
      return "deletion";
    default:
      return "access";
  }
}

namespace {

bool object(std::string& out, const RelatedProcess& related) {
  char separator = '{';
  for (const auto& field : related_process_fields()) {
    const std::size_t before = out.size();
    out += separator;
    append_json_string(out, field.name);
    out += ':';
    if (field.append(out, related))
      separator = ',';
    else
      out.resize(before);
  }
  out += '}';
  return true;
}

}  // namespace

bool parent(std::string& out, const Event& event) {
  const Subject& subject = event.subject;
  if (!subject.ancestors.empty() && subject.ancestors.front().pid == subject.parent_pid)
    return object(out, RelatedProcess{subject.ancestors.front(), event});
  if (subject.parent_pid == 0) return false;
  OtherProcess only_pid;
  only_pid.pid = subject.parent_pid;
  return object(out, RelatedProcess{only_pid, event});
}

bool ancestors(std::string& out, const Event& event) {
  if (event.subject.ancestors.empty()) return false;
  char separator = '[';
  for (const Ancestor& ancestor : event.subject.ancestors) {
    out += separator;
    object(out, RelatedProcess{ancestor, event});
    separator = ',';
  }
  out += ']';
  return true;
}

bool captures(std::string& out, const Event& event) {
  if (event.finding.verdict.captures.empty()) return false;
  char separator = '{';
  for (const auto& [name, value] : event.finding.verdict.captures) {
    out += separator;
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
    separator = ',';
  }
  out += '}';
  return true;
}

bool raw(std::string& out, std::string_view bytes) {
  if (is_visible(bytes)) return false;
  out += '"';
  append_base64(out, bytes);
  out += '"';
  return true;
}

bool target(std::string& out, const Event& event) {
  const auto& target = event.finding.access.target;
  return target && object(out, RelatedProcess{*target, event});
}

bool has_file(const Event& event) {
  const Access& access = event.finding.access;
  return !access.path.empty() || !(access.endpoint || access.target || access.disclosure);
}

std::string_view ecs_category(AccessKind kind) {
  switch (kind) {
    case AccessKind::kConnect:
      return "network";
    case AccessKind::kMemory:
      return "process";
    default:
      return "file";
  }
}

bool destination_address(std::string& out, const Event& event) {
  const Access& access = event.finding.access;
  if (access.disclosure) return text(out, access.disclosure->address);
  return access.endpoint && text(out, access.endpoint->address);
}

bool destination_port(std::string& out, const Event& event) {
  const Access& access = event.finding.access;
  if (access.disclosure) return access.disclosure->port != 0 && number(out, access.disclosure->port);
  return access.endpoint && number(out, access.endpoint->port);
}

bool peer(std::string& out, const Event& event) {
  const auto& way = event.finding.access.disclosure;
  if (!way || !way->peer) return false;
  const Subject& peer = *way->peer;
  return object(out, RelatedProcess{{peer.pid, peer.start_boot_ns, peer.name, peer.executable}, event});
}

bool one_text(std::string& out, std::string_view bytes) {
  out += '[';
  append_json_string(out, bytes);
  out += ']';
  return true;
}

bool event_id(std::string& out, const Event& event) {
  append_json_string(out, event.host.boot_id.empty() ? "unknown-boot" : event.host.boot_id);
  out.back() = '-';
  number(out, event.finding.sequence);
  out += '"';
  return true;
}

bool file_device(std::string& out, const Event& event) {
  out += '"';
  number(out, major(event.finding.file_device));
  out += ':';
  number(out, minor(event.finding.file_device));
  out += '"';
  return true;
}

bool is_flagged(const Event& event) {
  return event.finding.verdict.outcome == Outcome::kFlagged;
}

}  // namespace purposewatch::event_value
