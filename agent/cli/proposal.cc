#include "agent/cli/proposal.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/terminal/json_path.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

constexpr std::size_t kClientsMax = 10'000;  // that are told apart; only a few are named
constexpr std::size_t kClientsNamed = 5;

// What a policy may name: an absolute path without pattern or escape. A program that was deleted has none.
bool is_file_name(const std::string& path) {
  return !path.empty() && path.front() == '/' && path.find_first_of("*{}\\\"") == std::string::npos &&
         path.find(" (deleted)") == std::string::npos;
}

// "2026-11-25T03:00:00.000000042Z" without the fraction.
std::string shorter(const std::string& time) {
  return time.substr(0, time.find('.')) + (time.find('.') == std::string::npos ? "" : "Z");
}

std::string kinds_of(AccessMask mask) {
  std::string kinds;
  for (std::size_t i = 0; i < kAccessKindCount; ++i)
    if (mask & mask_of(static_cast<AccessKind>(i)))
      kinds += (kinds.empty() ? "" : ", ") + std::string(kAccessKindNames[i]);
  return kinds;
}

std::string clients_of(const std::set<std::string>& clients) {
  if (clients.empty()) return "";
  std::string names;
  std::size_t named = 0;
  for (const std::string& client : clients) {
    if (++named > kClientsNamed) break;
    names += (named == 1 ? "" : ", ") + client;
  }
  const char* many = clients.size() >= kClientsMax ? "at least " : "";
  return fmt::format(", {}{} client{}: {}{}", many, clients.size(), clients.size() == 1 ? "" : "s", names,
                     clients.size() > kClientsNamed ? ", ..." : "");
}

std::string times_of(std::uint64_t accesses, const std::string& first, const std::string& last) {
  return fmt::format("{} access{}, {} to {}", accesses, accesses == 1 ? "" : "es", shorter(first),
                     shorter(last));
}

// "nginx: worker" -> "nginx-worker": as a policy names things.
std::string as_name(const std::string& path) {
  std::string name;
  for (const char c : path.substr(path.rfind('/') + 1)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_plain || lower != c)
      name += lower;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  name = name.substr(0, 40);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "program" : name;
}

// Reasons of a process that is a service of the policy already.
bool is_service(const std::string& reason) {
  return reason == name_of(Reason::kNoPermit) || reason == name_of(Reason::kAccessKind) ||
         reason == name_of(Reason::kOutsideWindow) || reason == name_of(Reason::kOverLimit);
}

}  // namespace

void Proposal::Seen::add(AccessMask more_kinds, std::uint64_t count, const std::string& time,
                         const std::string& client) {
  kinds = static_cast<AccessMask>(kinds | more_kinds);
  accesses += count;
  if (first.empty() || time < first) first = time;
  if (time > last) last = time;
  if (!client.empty() && clients.size() < kClientsMax) clients.insert(client);
}

void Proposal::add(const SortedJson& event) {
  const auto kind = access_kind_named(text_at(event, {"event", "action"}));
  if (!kind || text_at(event, {"purposewatch", "verdict"}) != name_of(Outcome::kFlagged)) return;
  if (value_at(event, {"purposewatch", "disclosure"}) != nullptr)
    return;  // whether it may is no question of use
  const SortedJson* count = value_at(event, {"purposewatch", "count"});
  const std::uint64_t accesses =
      count != nullptr && count->is_number_unsigned() ? count->get<std::uint64_t>() : 1;
  Actor actor;
  if (is_service(shown_at(event, {"purposewatch", "reason"}))) {
    actor.service = shown_at(event, {"purposewatch", "service"});
  } else {
    actor.exe = shown_at(event, {"process", "executable"});
    actor.script = shown_at(event, {"purposewatch", "script"});
    actor.user = shown_at(event, {"user", "effective", "name"});
    if (actor.user.empty()) actor.user = shown_at(event, {"user", "effective", "id"});
    actor.unit = shown_at(event, {"purposewatch", "unit"});
  }
  seen_[actor][shown_at(event, {"purposewatch", "store"})].add(
      mask_of(*kind), accesses, shown_at(event, {"@timestamp"}), shown_at(event, {"purposewatch", "client"}));
  accesses_ += accesses;
}

std::string Proposal::name_for(const Actor& actor, std::set<std::string>& taken) const {
  const std::string base = "learned-" + as_name(actor.script.empty() ? actor.exe : actor.script);
  std::string name = base;
  for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}-{}", base, number);
  return name;
}

std::string Proposal::text() const {
  std::set<std::string> taken;
  for (const Service& service : rules_.services) taken.insert(service.name);
  std::string services, permits, left_out;
  for (const auto& [actor, stores] : seen_) {
    std::string name = actor.service;
    Seen all;
    for (const auto& [store, seen] : stores) {
      all.add(seen.kinds, seen.accesses, seen.first, "");
      all.add(seen.kinds, 0, seen.last, "");
    }
    if (name.empty()) {
      const bool can_be_named =
          is_file_name(actor.exe) && (actor.script.empty() || is_file_name(actor.script));
      if (!can_be_named) {
        left_out += fmt::format("# left out, since no policy can name it: {} as {}: {}\n",
                                actor.exe.empty() ? "a program without a file" : actor.exe, actor.user,
                                times_of(all.accesses, all.first, all.last));
        continue;
      }
      name = name_for(actor, taken);
      services += fmt::format("  # {}\n  {}: {{exe: \"{}\"", times_of(all.accesses, all.first, all.last),
                              name, actor.exe);
      if (!actor.script.empty()) services += fmt::format(", script: \"{}\"", actor.script);
      if (actor.user.find_first_of("\\\"") == std::string::npos && !actor.user.empty())
        services += fmt::format(", user: \"{}\"", actor.user);
      if (actor.unit.find_first_of("\\\"") == std::string::npos && actor.unit.find('.') != std::string::npos)
        services += fmt::format(", unit: \"{}\"", actor.unit);
      services += "}\n";
    }
    for (const auto& [store, seen] : stores)
      permits += fmt::format("#  - {{service: {}, store: {}, access: [{}], purpose: }}    # {}{}\n", name,
                             store, kinds_of(seen.kinds), times_of(seen.accesses, seen.first, seen.last),
                             clients_of(seen.clients));
  }
  std::string text = fmt::format("# Proposed by `purposewatch learn` from {} flagged access{}.\n", accesses_,
                                 accesses_ == 1 ? "" : "es");
  if (permits.empty() && left_out.empty()) return text + "services: {}\n";
  text +=
      "# That somebody did this does not say that they may. Take out what should not be; give each permit "
      "that stays the\n"
      "# purpose that it serves, and take its '#' away. Units and users are those that were seen: make "
      "patterns of them where\n"
      "# others come to the same.\n" +
      left_out + (services.empty() ? "services: {}\n" : "services:\n" + services);
  return permits.empty() ? text : text + "#permits:\n" + permits;
}

}  // namespace purposewatch
