#include "agent/cli/show_grants.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "agent/cli/output.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

std::string shown_field(const Json& grant, const char* key) {
  return visible_text(grant.value(key, std::string()));
}

std::string joined(const Json& grant, const char* key) {
  std::string text;
  for (const Json& one : grant.value(key, Json::array()))
    text += (text.empty() ? "" : ", ") + visible_text(one.get<std::string>());
  return text;
}

std::string who_of(const Json& grant) {
  const std::string user = shown_field(grant, "user");
  return user.empty() ? shown_field(grant, "service") : user;
}

std::string end_of(const Json& grant) {
  const auto seconds =
      static_cast<std::time_t>(grant.value("expires_wall_ns", std::int64_t{0}) / 1'000'000'000);
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(seconds));
}

bool is_open_break_glass(const Json& grant) {
  return grant.value("break_glass", false) && shown_field(grant, "reviewed_by").empty();
}

struct State {
  std::string text;
  Style style;
  bool has_ended;
};

State state_of(const Json& grant, std::uint64_t boot_ns) {
  const bool was_revoked = boot_ns >= grant.value("revoked_boot_ns", UINT64_MAX);
  const bool has_ended = was_revoked || boot_ns >= grant.value("expires_boot_ns", std::uint64_t{0});
  const char* state = was_revoked ? "revoked" : has_ended ? "ended" : "active";
  if (is_open_break_glass(grant)) return {fmt::format("{}, to be reviewed", state), Style::kBad, has_ended};
  return {state, has_ended ? Style::kFaint : Style::kGood, has_ended};
}

}  // namespace

std::string grant_sentence(const Json& grant) {
  const std::string clients = joined(grant, "clients"), approver = shown_field(grant, "approved_by");
  return fmt::format("{}: {} may {} {}{} for {} until {} ({}, {})", shown_field(grant, "id"), who_of(grant),
                     joined(grant, "access"), shown_field(grant, "store"),
                     clients.empty() ? "" : " of " + clients, shown_field(grant, "purpose"), end_of(grant),
                     shown_field(grant, "reference"),
                     approver.empty() ? "approved by nobody yet" : "approved by " + approver);
}

std::string grants_table(const Json& grants, std::uint64_t boot_ns, bool all, bool color) {
  Table table(color);
  for (const char* name : {"GRANT", "STATE", "WHO", "STORE", "CLIENTS", "ACCESS", "PURPOSE", "REFERENCE",
                           "APPROVED BY", "UNTIL"})
    table.add_column(name);
  for (const Json& grant : grants) {
    const State state = state_of(grant, boot_ns);
    if (state.has_ended && !all && !is_open_break_glass(grant)) continue;
    const std::string clients = joined(grant, "clients");
    table.add_row({{shown_field(grant, "id"), Style::kStrong},
                   {state.text, state.style},
                   {who_of(grant)},
                   {shown_field(grant, "store")},
                   {clients.empty() ? "all" : clients},
                   {joined(grant, "access")},
                   {shown_field(grant, "purpose")},
                   {shown_field(grant, "reference")},
                   {shown_field(grant, "approved_by")},
                   {end_of(grant)}});
  }
  return table.text();
}

}  // namespace purposewatch
