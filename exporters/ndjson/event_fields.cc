#include "exporters/ndjson/event_fields.h"

#include <array>

#include "exporters/ndjson/event_values.h"
#include "exporters/text/encoding.h"

namespace purposewatch {
namespace {

using enum FieldType;
using enum Changes;
using enum Names;
using Event = EventSource;
using namespace event_value;

constexpr std::array kRelatedFields = {
    Field<RelatedProcess>{"pid", kLong, true, "Process id",
                          [](auto& out, auto& of) { return number(out, of.process.pid); }},
    Field<RelatedProcess>{"entity_id", kKeyword, false, "Name of this process that no later one can share",
                          [](auto& out, auto& of) {
                            const OtherProcess& process = of.process;
                            return process.start_boot_ns != 0 &&
                                   entity_id(out, process.pid, process.start_boot_ns, of.event);
                          }},
    Field<RelatedProcess>{"name", kKeyword, false, "What the process calls itself (comm)",
                          [](auto& out, auto& of) { return text(out, of.process.name); }},
    Field<RelatedProcess>{"executable", kKeyword, false, "Path of the running file",
                          [](auto& out, auto& of) { return text(out, of.process.executable); }},
    Field<RelatedProcess>{
        "start", kDate, false, "When the process started",
        [](auto& out, auto& of) { return start_date(out, of.process.start_boot_ns, of.event.finding); }},
};

constexpr std::array kEventFields = {
    Field<Event>{"@timestamp", kDate, true, "When the access happened, in nanoseconds",
                 [](auto& out, auto& e) { return date(out, e.finding.wall_ns); }},
    Field<Event>{"ecs.version", kKeyword, true, "Version of the Elastic Common Schema that the names are from",
                 [](auto& out, auto&) { return text(out, kEcsVersion); }},
    Field<Event>{"event.kind", kKeyword, true, "`alert` for a flagged access, else `event`",
                 [](auto& out, auto& e) { return literal(out, is_flagged(e) ? R"("alert")" : R"("event")"); }},
    Field<Event>{"event.category", kKeywords, true, "`file`; `network` for a connect, `process` for memory",
                 [](auto& out, auto& e) { return one_text(out, ecs_category(e.finding.access.kind)); }},
    Field<Event>{"event.type", kKeywords, true, "`access`, `change`, `creation` or `deletion`",
                 [](auto& out, auto& e) { return one_text(out, ecs_event_type(e.finding.access.kind)); }},
    Field<Event>{"event.action", kKeyword, true, "The access kind, as the policy names it",
                 [](auto& out, auto& e) { return text(out, name_of(e.finding.access.kind)); }},
    Field<Event>{"event.outcome", kKeyword, true, "Always `success`: what the kernel refused is no access",
                 [](auto& out, auto&) { return literal(out, R"("success")"); }},
    Field<Event>{"event.sequence", kLong, true,
                 "The kernel's number of the access; the last one's where `purposewatch.count` is not 1",
                 [](auto& out, auto& e) { return number(out, e.finding.sequence); }},
    Field<Event>{"event.start", kDate, false, "When the first of several accesses happened; `@timestamp` is the last",
                 [](auto& out, auto& e) { return e.finding.count > 1 && date(out, e.finding.first_wall_ns); }},
    Field<Event>{"event.id", kKeyword, true, "Boot id and sequence: names this event for good", event_id},
    Field<Event>{"file.path", kKeyword, false,
                 "Absolute path as the host sees it, one line of valid UTF-8: backslashes doubled, bytes that are no "
                 "text as `\\xNN`, invisible characters as `\\uNNNN`. There is no file where a port is connected to or "
                 "memory is touched",
                 [](auto& out, auto& e) {
                   append_json_string(out, e.finding.access.path);
                   return has_file(e);
                 }, kWithFinding, kClient},
    Field<Event>{"file.inode", kKeyword, false, "Inode number",
                 [](auto& out, auto& e) { return has_file(e) && quoted_number(out, e.finding.file_inode); }, kWithFinding, kClient},
    Field<Event>{"file.device", kKeyword, false, "Device the file is on, major:minor",
                 [](auto& out, auto& e) { return has_file(e) && file_device(out, e); }},
    Field<Event>{"destination.address", kKeyword, false, "IP address, or machine of vsock, that was connected or sent to; of `purposewatch.disclosure.answers`, the own one",
                 destination_address},
    Field<Event>{"destination.port", kLong, false, "Its port; there is none where the protocol knows none",
                 destination_port},
    Field<Event>{"process.pid", kLong, true, "Process id (thread group)",
                 [](auto& out, auto& e) { return number(out, e.subject.pid); }, kWithSubject},
    Field<Event>{"process.entity_id", kKeyword, true, "Name of this process that no later one can share",
                 [](auto& out, auto& e) {
                   return entity_id(out, e.subject.pid, e.subject.start_boot_ns, e);
                 }, kWithSubject},
    Field<Event>{"process.name", kKeyword, false,
                 "What the process calls itself (comm); no evidence of what it is",
                 [](auto& out, auto& e) { return text(out, e.subject.name); }, kWithSubject},
    Field<Event>{"process.executable", kKeyword, false, "Path of the running file",
                 [](auto& out, auto& e) { return text(out, e.subject.executable); }, kWithSubject},
    Field<Event>{"process.args", kKeywords, false, "Arguments; secrets in them were replaced by `[redacted]`",
                 [](auto& out, auto& e) {
                   return texts(out, e.subject.args);
                 }, kWithSubject, kClient},
    Field<Event>{"process.start", kDate, false, "When the process started",
                 [](auto& out, auto& e) { return start_date(out, e.subject.start_boot_ns, e.finding); }, kWithSubject},
    Field<Event>{"process.parent", kProcess, false, "The process that started this one", parent, kWithSubject},
    Field<Event>{"user.id", kKeyword, true, "Real user id",
                 [](auto& out, auto& e) { return quoted_number(out, e.subject.uid); }, kWithSubject},
    Field<Event>{"user.name", kKeyword, false, "Real user's name",
                 [](auto& out, auto& e) { return text(out, e.subject.real_user); }, kWithSubject},
    Field<Event>{"user.effective.id", kKeyword, true, "Effective user id: whose rights were used",
                 [](auto& out, auto& e) { return quoted_number(out, e.subject.euid); }, kWithSubject},
    Field<Event>{"user.effective.name", kKeyword, false, "Effective user's name",
                 [](auto& out, auto& e) { return text(out, e.subject.user); }, kWithSubject},
    Field<Event>{"user.effective.group.id", kKeyword, true, "Effective group id",
                 [](auto& out, auto& e) { return quoted_number(out, e.subject.gid); }, kWithSubject},
    Field<Event>{"user.effective.group.name", kKeyword, false, "Effective group's name",
                 [](auto& out, auto& e) { return text(out, e.subject.group); }, kWithSubject},
    Field<Event>{"user.audit.id", kKeyword, false,
                 "Login user id: who logged in, whatever sudo or su made of it since; absent when no login did",
                 [](auto& out, auto& e) {
                   return e.subject.login_uid != kUnsetId && quoted_number(out, e.subject.login_uid);
                 }, kWithSubject},
    Field<Event>{"user.audit.name", kKeyword, false, "Login user's name",
                 [](auto& out, auto& e) {
                   return e.subject.login_uid != kUnsetId && text(out, e.subject.login_user);
                 }, kWithSubject},
    Field<Event>{"host.name", kKeyword, false, "Host name",
                 [](auto& out, auto& e) { return text(out, e.host.name); }, kWithSubject, kNobody},
    Field<Event>{"host.id", kKeyword, false, "Machine id",
                 [](auto& out, auto& e) { return text(out, e.host.id); }, kWithSubject, kNobody},
    Field<Event>{"purposewatch.schema", kKeyword, true, "Version of this list of fields",
                 [](auto& out, auto&) { return text(out, kEventSchemaVersion); }},
    Field<Event>{"purposewatch.verdict", kKeyword, true, "`flagged`, `granted` or `permitted`",
                 [](auto& out, auto& e) { return text(out, name_of(e.finding.verdict.outcome)); }},
    Field<Event>{"purposewatch.reason", kKeyword, false, "Why it was flagged",
                 [](auto& out, auto& e) {
                   return e.finding.verdict.reason != Reason::kNone && text(out, name_of(e.finding.verdict.reason));
                 }},
    Field<Event>{"purposewatch.store", kKeyword, false, "Store of the policy that the file belongs to",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.store); }},
    Field<Event>{"purposewatch.class", kKeywords, false, "Data classes of the store",
                 [](auto& out, auto& e) { return texts(out, e.finding.classes); }},
    Field<Event>{"purposewatch.client", kKeyword, false, "Whose data it is: the `{client}` part of the path",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.client); }, kWithFinding, kClient},
    Field<Event>{"purposewatch.captures", kTexts, false, "Other named parts of the path", captures, kWithFinding, kClient},
    Field<Event>{"purposewatch.service", kKeyword, false,
                 "Service of the policy that acted; for a flagged access the nearest one",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.service); }},
    Field<Event>{"purposewatch.purpose", kKeyword, false, "Purpose that permits it",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.purpose); }},
    Field<Event>{"purposewatch.permit", kKeyword, false, "Permit that covers it",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.permit); }},
    Field<Event>{"purposewatch.grant", kKeyword, false, "Grant that covers it; of a flagged one, the grant that came nearest",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.grant); }},
    Field<Event>{"purposewatch.clause", kKeyword, false, "Clause of the policy it serves, or breaks",
                 [](auto& out, auto& e) { return text(out, e.finding.verdict.clause); }},
    Field<Event>{"purposewatch.other_stores", kKeywords, false,
                 "Of a block device, or a file that is one to the kernel: the other stores that lie on it and are touched",
                 [](auto& out, auto& e) { return texts(out, e.finding.access.other_stores); }},
    Field<Event>{"purposewatch.incident", kKeyword, false, "Fingerprint of store, who and reason",
                 [](auto& out, auto& e) { return text(out, e.finding.incident); }, kWithFinding, kClientWhoActs},
    Field<Event>{"purposewatch.backend", kKeyword, false, "Which way into the kernel saw it",
                 [](auto& out, auto& e) { return text(out, e.finding.backend); }},
    Field<Event>{"purposewatch.count", kLong, true, "How many accesses this event stands for",
                 [](auto& out, auto& e) { return number(out, e.finding.count); }},
    Field<Event>{"purposewatch.path_raw", kKeyword, false,
                 "Base64 of the path's exact bytes, when `file.path` shows them otherwise",
                 [](auto& out, auto& e) { return raw(out, e.finding.access.path); }, kWithFinding, kClient},
    Field<Event>{"purposewatch.mount", kBoolean, false, "True when something was mounted there, or unmounted",
                 [](auto& out, auto& e) { return e.finding.access.is_mount && literal(out, "true"); }},
    Field<Event>{"purposewatch.path_truncated", kBoolean, false, "True when the path's head is missing",
                 [](auto& out, auto& e) { return e.finding.access.path_truncated && literal(out, "true"); }},
    Field<Event>{"purposewatch.other_path", kKeyword, false,
                 "The second path of a rename or a link, shown as `file.path` is",
                 [](auto& out, auto& e) { return text(out, e.finding.access.other_path); }, kWithFinding, kClient},
    Field<Event>{"purposewatch.other_path_raw", kKeyword, false, "Base64 of it, when it is shown otherwise",
                 [](auto& out, auto& e) { return raw(out, e.finding.access.other_path); }, kWithFinding, kClient},
    Field<Event>{"purposewatch.accessed_through", kKeyword, false,
                 "Where the file is by now, when it was reached by a path outside the store; `file.path` is what it is, "
                 "or was, called in the store",
                 [](auto& out, auto& e) { return text(out, e.finding.access.accessed_through); }, kWithFinding, kClient},
    Field<Event>{"purposewatch.accessed_through_raw", kKeyword, false, "Base64 of it, when it is shown otherwise",
                 [](auto& out, auto& e) { return raw(out, e.finding.access.accessed_through); }, kWithFinding, kClient},
    Field<Event>{"purposewatch.target", kProcess, false, "The process whose memory was touched", target, kWithFinding, kClient},
    Field<Event>{"purposewatch.disclosure.kind", kKeyword, false,
                 "What kind of way out it is, of a process that carries the store's data: `network`, another host; "
                 "`local`, another process of this host; `copy`, a file outside all stores; `network-file` and `removable`, one "
                 "whose bytes another host keeps, or a device that can be unplugged; `display`, a person's terminal",
                 [](auto& out, auto& e) {
                   return e.finding.access.disclosure && text(out, name_of(e.finding.access.disclosure->kind));
                 }},
    Field<Event>{"purposewatch.disclosure.carried", kKeyword, false,
                 "How the process came to the data: it has `read` it itself, `inherited` it from what ran before, or read a "
                 "file `derived` from it, or has it `piped`",
                 [](auto& out, auto& e) {
                   return e.finding.access.disclosure && text(out, name_of(e.finding.access.disclosure->carried));
                 }},
    Field<Event>{"purposewatch.disclosure.protocol", kKeyword, false,
                 "`tcp`, `udp`, `udplite`, `icmp`, `icmpv6`, `unix`, `vsock`, or `ip-` with the number of another one",
                 [](auto& out, auto& e) {
                   return e.finding.access.disclosure && text(out, e.finding.access.disclosure->protocol);
                 }},
    Field<Event>{"purposewatch.disclosure.path", kKeyword, false,
                 "The file or terminal that it may write to, or the unix socket (`@name` when no file stands for it), shown as `file.path` is",
                 [](auto& out, auto& e) {
                   return e.finding.access.disclosure && text(out, e.finding.access.disclosure->path);
                 }, kWithFinding, kClient},
    Field<Event>{"purposewatch.disclosure.answers", kBoolean, false,
                 "True when it waits for others to connect, rather than connect itself",
                 [](auto& out, auto& e) {
                   return e.finding.access.disclosure && e.finding.access.disclosure->is_answer && literal(out, "true");
                 }},
    Field<Event>{"purposewatch.disclosure.peer", kProcess, false, "Of a `local` one: who serves the port or socket", peer},
    Field<Event>{"purposewatch.script", kKeyword, false,
                 "Script that the process was started to run, `process.executable` being its interpreter",
                 [](auto& out, auto& e) {
                   return text(out, e.subject.script_path.empty() ? e.subject.script : e.subject.script_path);
                 }, kWithSubject},
    Field<Event>{"purposewatch.tampered_by", kKeyword, false,
                 "Who wrote into the process or made it load foreign code: it is no service any more",
                 [](auto& out, auto& e) { return text(out, e.subject.tampered_by); }, kWithSubject},
    Field<Event>{"purposewatch.unit", kKeyword, false, "systemd unit of the process",
                 [](auto& out, auto& e) { return text(out, e.subject.unit); }, kWithSubject},
    Field<Event>{"purposewatch.ancestors", kProcesses, false, "Processes above this one, nearest first, at most 8",
                 ancestors, kWithSubject},
    Field<Event>{"purposewatch.policy.name", kKeyword, false, "Name of the policy in force",
                 [](auto& out, auto& e) { return text(out, e.policy.name); }},
    Field<Event>{"purposewatch.policy.version", kKeyword, false, "Its version",
                 [](auto& out, auto& e) { return text(out, e.policy.version); }},
    Field<Event>{"purposewatch.policy.digest", kKeyword, false, "SHA-256 of its files",
                 [](auto& out, auto& e) { return text(out, e.policy.digest); }},
};

}  // namespace

std::span<const Field<EventSource>> event_fields() {
  return kEventFields;
}
std::span<const Field<RelatedProcess>> related_process_fields() {
  return kRelatedFields;
}

}  // namespace purposewatch
