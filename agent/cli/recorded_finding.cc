#include "agent/cli/recorded_finding.h"

#include <charconv>
#include <fstream>
#include <iostream>

#include "agent/cli/evidence_source.h"
#include "agent/cli/progress.h"
#include "agent/evidence/event_query.h"
#include "agent/evidence/recorded_event.h"
#include "exporters/terminal/json_path.h"
#include "exporters/text/encoding.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

// Ids stand in quotes.
std::uint32_t id_at(const SortedJson& event, std::initializer_list<const char*> names,
                    std::uint32_t otherwise) {
  const std::string_view digits = text_at(event, names);
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return error == std::errc() && end == digits.data() + digits.size() && !digits.empty() ? id : otherwise;
}

// The exact bytes, where they are not what is shown; or else without the backslashes that make text visible.
std::string exact_bytes(const SortedJson& event, const std::string& shown, const char* raw) {
  const std::string_view base64 = text_at(event, {"purposewatch", raw});
  if (!base64.empty())
    if (const auto bytes = from_base64(base64)) return *bytes;
  std::string bytes;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] == '\\' && i + 1 < shown.size() && shown[i + 1] == '\\') ++i;
    bytes += shown[i];
  }
  return bytes;
}

// A path of the policy, when it is one there.
std::string named(const RuleSet& rules, std::vector<std::string> Service::*files, const std::string& path) {
  for (const Service& service : rules.services)
    for (const std::string& file : service.*files)
      if (file == path) return path;
  return {};
}

Subject subject_of(const SortedJson& event, const RuleSet& rules) {
  Subject subject;
  subject.euid = id_at(event, {"user", "effective", "id"}, kUnsetId);
  subject.uid = id_at(event, {"user", "id"}, kUnsetId);
  subject.gid = id_at(event, {"user", "effective", "group", "id"}, kUnsetId);
  subject.group = string_at(event, {"user", "effective", "group", "name"});
  subject.login_uid = id_at(event, {"user", "audit", "id"}, kUnsetId);
  subject.user = string_at(event, {"user", "effective", "name"});
  subject.login_user = string_at(event, {"user", "audit", "name"});
  subject.name = string_at(event, {"process", "name"});
  subject.executable = string_at(event, {"process", "executable"});
  subject.program = named(rules, &Service::exe, subject.executable);
  subject.script_path = string_at(event, {"purposewatch", "script"});
  subject.script = named(rules, &Service::script, subject.script_path);
  subject.unit = string_at(event, {"purposewatch", "unit"});
  subject.tampered_by = string_at(event, {"purposewatch", "tampered_by"});
  const SortedJson* ancestors = value_at(event, {"purposewatch", "ancestors"});
  if (ancestors != nullptr && ancestors->is_array())
    for (const SortedJson& one : *ancestors)
      if (const std::string program = named(rules, &Service::exe, string_at(one, {"executable"}));
          !program.empty())
        subject.ancestor_programs.push_back(program);
  return subject;
}

}  // namespace

Result<SortedJson> find_event(const std::string& path, const std::string& id) {
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& lines = path == "-" ? std::cin : file;
  if (!lines) return fail("cannot open " + path);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(id) == std::string::npos) continue;
    SortedJson event = SortedJson::parse(line, nullptr, false);
    if (text_at(event, {"event", "id"}) == id) return event;
  }
  return fail("no finding of the id " + id + " is in " + path);
}

Result<SortedJson> find_recorded_event(const std::string& state_dir, const std::string& id) {
  const auto evidence = evidence_of(state_dir);
  if (!evidence) return tl::unexpected(evidence.error());
  EventIndex index(**evidence, index_directory(state_dir));
  Progress progress;
  const QueryOptions options{.index = &index, .on_progress = [&](std::size_t done, std::size_t all) {
                               progress.tell([&] { return reading_evidence_text(done, all); });
                             }};
  EventQuery query;
  query.filter[EventKey::kId] = id;
  query.limit = 1;
  SortedJson event;
  const auto done = find_records(**evidence, query, options, [&](auto&, const ScannedRecord& record) {
    event = recorded_event(record);
    return false;
  });
  if (!event.is_null()) return event;
  if (!done) return tl::unexpected(done.error());
  return fail("no finding of the id " + id + " is in the evidence in " + state_dir);
}

namespace {

std::optional<std::uint32_t> port_of(const SortedJson& event) {
  const SortedJson* port = value_at(event, {"destination", "port"});
  if (port == nullptr || !port->is_number_unsigned()) return std::nullopt;
  return port->get<std::uint32_t>();
}

// Without its peer, which need not run any more.
Disclosure disclosure_of(const SortedJson& event) {
  Disclosure way;
  const auto word = [&](const char* name) { return string_at(event, {"purposewatch", "disclosure", name}); };
  way.kind = enum_named<DisclosureKind>(kDisclosureKindNames, word("kind")).value_or(way.kind);
  way.carried = enum_named<Carried>(kCarriedNames, word("carried")).value_or(way.carried);
  way.protocol = word("protocol");
  way.path = word("path");
  way.address = string_at(event, {"destination", "address"});
  way.port = port_of(event).value_or(0);
  const SortedJson* answers = value_at(event, {"purposewatch", "disclosure", "answers"});
  way.is_answer = answers != nullptr && *answers == true;
  return way;
}

}  // namespace

Result<RecordedFinding> recorded_finding(const SortedJson& event, const RuleSet& rules) {
  RecordedFinding finding;
  const auto kind = access_kind_named(text_at(event, {"event", "action"}));
  if (!kind || value_at(event, {"purposewatch", "verdict"}) == nullptr) return fail("that is no finding");
  finding.access.kind = *kind;
  finding.access.path = exact_bytes(event, string_at(event, {"file", "path"}), "path_raw");
  const std::string address = string_at(event, {"destination", "address"});
  if (value_at(event, {"purposewatch", "disclosure"}) != nullptr) {
    finding.access.disclosure = disclosure_of(event);
  } else if (!address.empty()) {
    const auto port = port_of(event);
    if (!port) return fail("that finding names no port");
    finding.access.endpoint =
        Endpoint{.address = address, .port = static_cast<std::uint16_t>(*port), .is_local = true};
    finding.access.path.clear();
  }
  // Of memory and devices the path says nothing: the store is what was recorded.
  if (*kind == AccessKind::kMemory || *kind == AccessKind::kDevice || finding.access.path.empty()) {
    finding.access.store_is_given = !finding.access.endpoint;
    finding.access.kernel_store = string_at(event, {"purposewatch", "store"});
    finding.access.kernel_client = string_at(event, {"purposewatch", "client"});
  }
  finding.subject = subject_of(event, rules);
  finding.wall_ns = wall_ns_of_rfc3339(string_at(event, {"@timestamp"}));
  finding.verdict = string_at(event, {"purposewatch", "verdict"});
  finding.reason = string_at(event, {"purposewatch", "reason"});
  finding.policy_version = string_at(event, {"purposewatch", "policy", "version"});
  finding.policy_digest = string_at(event, {"purposewatch", "policy", "digest"});
  return finding;
}

}  // namespace purposewatch
