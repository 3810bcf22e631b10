#include "agent/report/actor_of.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "agent/report/record_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

// Debian gives accounts of people numbers from here on; 65534 is nobody.
constexpr std::uint32_t kFirstPerson = 1000, kNobody = 65534;

constexpr std::array<std::string_view, 6> kSystemDirectories = {"/usr/", "/bin/",   "/sbin/",
                                                                "/lib/", "/lib64/", "/opt/"};

bool is_system_account(const std::string& id) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  return error == std::errc() && end == id.data() + id.size() && (number < kFirstPerson || number == kNobody);
}

std::string shown_account(const std::string& name, const std::string& id, const std::string& client) {
  if (name.empty() || name == client || is_system_account(id)) return name;
  return "an account of this host";
}

}  // namespace

Actor actor_of(const Json& event) {
  Actor who;
  const std::string login = text_in(event, {"user", "audit", "name"});
  const std::string user = text_in(event, {"user", "name"});
  const std::string effective = text_in(event, {"user", "effective", "name"});
  who.person = !login.empty() ? login : !user.empty() ? user : effective;
  if (effective != who.person) who.acts_as = effective;
  const std::string script = text_in(event, {"purposewatch", "script"});
  who.program = !script.empty() ? script : text_in(event, {"process", "executable"});
  if (who.program.empty()) who.program = text_in(event, {"process", "name"});
  who.service = text_in(event, {"purposewatch", "service"});
  return who;
}

Actor actor_for_client(const Json& event, const std::string& client) {
  Actor who;
  const std::string user =
      shown_account(text_in(event, {"user", "name"}), text_in(event, {"user", "id"}), client);
  const std::string effective = shown_account(text_in(event, {"user", "effective", "name"}),
                                              text_in(event, {"user", "effective", "id"}), client);
  const std::string login = text_in(event, {"user", "audit", "name"});
  who.person = !login.empty() ? login : !user.empty() ? user : effective;
  if (effective != who.person) who.acts_as = effective;
  who.program = text_in(event, {"process", "executable"});
  const bool is_of_system =
      std::any_of(kSystemDirectories.begin(), kSystemDirectories.end(),
                  [&](std::string_view directory) { return who.program.starts_with(directory); });
  if (!who.program.empty() && !is_of_system) who.program = "a program outside the system's directories";
  who.service = text_in(event, {"purposewatch", "service"});
  return who;
}

}  // namespace purposewatch
