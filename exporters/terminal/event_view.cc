#include "exporters/terminal/event_view.h"

#include <algorithm>
#include <ctime>
#include <string_view>

#include "exporters/terminal/json_path.h"
#include "rules/base/address.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kRed = "\x1b[1;31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kReset = "\x1b[0m";

constexpr std::size_t kColumnMax = 48;
constexpr std::size_t kMalformedMax = 160;

// The agent made its events visible already, but these may come from elsewhere: escape again, keep
// backslashes.
// "2026-11-23T16:17:05.000000042Z" as local time "2026-11-23 17:17:05"; other texts as they are.
std::string local_time(const std::string& timestamp) {
  std::tm utc{};
  const char* rest = strptime(timestamp.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr || (*rest != '.' && *rest != 'Z')) return timestamp;
  const std::time_t seconds = timegm(&utc);
  std::tm local{};
  std::array<char, 32> text{};
  if (localtime_r(&seconds, &local) == nullptr) return timestamp;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local)};
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// "root (login alice) cat[4711]": whose rights, which person, which program.
std::string who(const SortedJson& event) {
  std::string user = shown_at(event, {"user", "effective", "name"});
  if (user.empty()) user = "uid " + shown_at(event, {"user", "effective", "id"});
  std::string login = shown_at(event, {"user", "audit", "name"});
  if (login.empty() && value_at(event, {"user", "audit", "id"}) != nullptr)
    login = "uid " + shown_at(event, {"user", "audit", "id"});
  std::string program = file_name(shown_at(event, {"process", "executable"}));
  if (program.empty()) program = shown_at(event, {"process", "name"});
  const SortedJson* pid = value_at(event, {"process", "pid"});
  if (!login.empty() && login != user) user += " (login " + login + ")";
  return user + " " + program + (pid != nullptr && pid->is_number_integer() ? "[" + pid->dump() + "]" : "");
}

std::string store_and_client(const SortedJson& event) {
  std::string text = shown_at(event, {"purposewatch", "store"});
  const std::string client = shown_at(event, {"purposewatch", "client"});
  return client.empty() ? text : text + "/" + client;
}

std::string number_at(const SortedJson& event, std::initializer_list<const char*> names) {
  const SortedJson* value = value_at(event, names);
  return value != nullptr && value->is_number_unsigned() ? value->dump() : "";
}

// "127.0.0.1:3306"; of a way out, "to udp 192.0.2.1:53", "waits at tcp 0.0.0.0:8080".
std::string destination(const SortedJson& event) {
  const std::string port = number_at(event, {"destination", "port"});
  std::string text =
      bracketed(shown_at(event, {"destination", "address"})) + (port.empty() ? "" : ":" + port);
  const std::string protocol = shown_at(event, {"purposewatch", "disclosure", "protocol"});
  if (protocol.empty()) return text;
  const bool waits = value_at(event, {"purposewatch", "disclosure", "answers"}) != nullptr;
  return (waits ? "waits at " : "to ") + protocol + " " + text;
}

std::string target(const SortedJson& event) {
  std::string program = file_name(shown_at(event, {"purposewatch", "target", "executable"}));
  if (program.empty()) program = shown_at(event, {"purposewatch", "target", "name"});
  return program + "[" + number_at(event, {"purposewatch", "target", "pid"}) + "]";
}

// "/mail/a", "/mail/a → /mail/b", "to /tmp/a", "/mail/a (as /tmp/x)", "127.0.0.1:3306", "memory of
// mysqld[812]".
std::string touched(const SortedJson& event) {
  std::string text = shown_at(event, {"file", "path"});
  const std::string other = shown_at(event, {"purposewatch", "other_path"}),
                    through = shown_at(event, {"purposewatch", "accessed_through"});
  if (!other.empty()) text += " → " + other;
  if (!through.empty()) text += " (as " + through + ")";
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : " ") + more; };
  if (value_at(event, {"destination", "address"}) != nullptr) add(destination(event));
  if (const std::string copy = shown_at(event, {"purposewatch", "disclosure", "path"}); !copy.empty())
    add("to " + copy);
  if (value_at(event, {"purposewatch", "target"}) != nullptr) add("memory of " + target(event));
  return text;
}

// Of a record of the evidence whose parts are gone, as the law or their client wanted.
std::string blanked(const SortedJson& event) {
  const std::string parts = shown_at(event, {"purposewatch", "record", "blank"});
  return parts.empty() ? "" : parts == "personal" ? " [personal data blanked]" : " [blanked]";
}

// Folded findings say how many accesses they stand for.
std::string touched_and_count(const SortedJson& event) {
  const SortedJson* count = value_at(event, {"purposewatch", "count"});
  const bool is_folded = count != nullptr && count->is_number_unsigned() && count->get<std::uint64_t>() > 1;
  return touched(event) + (is_folded ? " (×" + count->dump() + ")" : "") + blanked(event);
}

// What happened to a grant, rather than to a file.
bool is_of_grant(const SortedJson& event) {
  return text_at(event, {"event", "action"}).rfind("grant-", 0) == 0;
}

bool is_finding(const SortedJson& event) {
  return value_at(event, {"purposewatch", "verdict"}) != nullptr;
}

std::string joined(const SortedJson& event, std::initializer_list<const char*> names) {
  std::string text;
  const SortedJson* list = value_at(event, names);
  if (list == nullptr || !list->is_array()) return text;
  for (const SortedJson& one : *list)
    if (one.is_string())
      text += (text.empty() ? "" : ",") + visible_text(one.get<std::string>(), Backslash::kKeep);
  return text;
}

// {"why": "lost", "stages": {"ring": 3}} as "why=lost stages.ring=3". What is nested deeper than anything of
// ours is only hinted at.
void append_members(std::string& out, const SortedJson& value, const std::string& name, int depth = 0) {
  constexpr int kDepthMax = 4;
  const auto inner = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
  if (value.is_structured() && depth < kDepthMax) {
    for (const auto& [key, member] : value.items())
      append_members(out, member, inner(visible_text(key, Backslash::kKeep)), depth + 1);
    return;
  }
  out += out.empty() ? "" : " ";
  out += name.empty() ? "" : name + "=";
  if (value.is_string())
    out += visible_text(value.get_ref<const std::string&>(), Backslash::kKeep);
  else
    out += value.is_structured() ? "…" : value.dump();
}

// "alice (by carol)": for whom, and who did it.
std::string holder(const SortedJson& event) {
  const std::string by = shown_at(event, {"user", "name"});
  return shown_at(event, {"purposewatch", "who"}) + (by.empty() ? "" : " (by " + by + ")");
}

// "g-0123456789ab WARRANT-7: why it was refused".
std::string grant_and_reference(const SortedJson& event) {
  std::string text = shown_at(event, {"purposewatch", "grant"});
  const std::string reference = shown_at(event, {"purposewatch", "reference"}),
                    why = shown_at(event, {"event", "reason"});
  if (!reference.empty()) text += (text.empty() ? "" : " ") + reference;
  return why.empty() ? text : text + ": " + why;
}

const char* verdict_color(std::string_view verdict) {
  if (verdict == "flagged") return kRed;
  return verdict == "permitted" ? kGreen : kYellow;
}

}  // namespace

bool is_event(const SortedJson& event) {
  return is_finding(event) || is_of_grant(event) || value_at(event, {"purposewatch", "record"}) != nullptr;
}

std::string EventView::row(const Cells& cells, const char* line_color, const char* verdict_color) {
  std::string out = color_ ? line_color : "";
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::size_t width = display_width(cells[i]);
    widths_[i] = std::max(widths_[i], std::min(width, kColumnMax));
    const bool is_verdict = i == 1 && color_ && *verdict_color != '\0';
    out += is_verdict ? verdict_color : "";
    out += cells[i];
    out += is_verdict ? kReset : "";
    if (i + 1 < kColumns) out.append(std::max(widths_[i], width) - width + 2, ' ');
  }
  if (color_ && *line_color != '\0') out += kReset;
  return out;
}

std::string EventView::header() {
  return row({"TIME", "VERDICT", "STORE/CLIENT", "ACCESS", "REASON", "WHO", "PATH"}, kBold, "");
}

std::string EventView::line(const SortedJson& event) {
  if (!is_event(event)) return malformed(event.type_name());
  if (is_of_grant(event)) return grant_line(event);
  if (!is_finding(event)) return record_line(event);
  const std::string verdict = shown_at(event, {"purposewatch", "verdict"});
  std::string reason = shown_at(event, {"purposewatch", "reason"});
  if (reason.empty()) reason = shown_at(event, {"purposewatch", "purpose"});
  return row({local_time(shown_at(event, {"@timestamp"})), verdict, store_and_client(event),
              shown_at(event, {"event", "action"}), reason, who(event), touched_and_count(event)},
             "", verdict_color(verdict));
}

std::string EventView::grant_line(const SortedJson& event) {
  const std::string store = shown_at(event, {"purposewatch", "store"}),
                    clients = joined(event, {"purposewatch", "clients"});
  const bool pages = text_at(event, {"event", "kind"}) == "alert";
  return row({local_time(shown_at(event, {"@timestamp"})), shown_at(event, {"event", "action"}),
              clients.empty() ? store : store + "/" + clients, joined(event, {"purposewatch", "access"}),
              shown_at(event, {"purposewatch", "purpose"}), holder(event), grant_and_reference(event)},
             "", pages ? kRed : kYellow);
}

std::string EventView::record_line(const SortedJson& event) {
  const std::string kind = shown_at(event, {"purposewatch", "record", "kind"});
  std::string what;
  if (const SortedJson* own = value_at(event, {"purposewatch", kind.c_str()})) append_members(what, *own, "");
  what += blanked(event);
  return row({local_time(shown_at(event, {"@timestamp"})), kind, "", "", "", "", what}, kDim, "");
}

std::string EventView::malformed(std::string_view bytes) const {
  const bool is_long = bytes.size() > kMalformedMax;
  std::string out = color_ ? kDim : "";
  out += "not an event: ";
  append_visible(out, bytes.substr(0, kMalformedMax));
  out += is_long ? " …" : "";
  if (color_) out += kReset;
  return out;
}

}  // namespace purposewatch
