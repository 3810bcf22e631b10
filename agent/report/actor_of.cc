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

struct Account {
  std::string name;
  bool is_system = false;
};

Account account_in(const Json& event, std::initializer_list<const char*> name,
                   std::initializer_list<const char*> id, const std::string& client) {
  Account account{.name = text_in(event, name), .is_system = is_system_account(text_in(event, id))};
  if (!account.name.empty() && account.name != client && !account.is_system)
    account = {.name = "an account of this host", .is_system = true};
  return account;
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

ActorForClient actor_for_client(const Json& event, const std::string& client) {
  const Account login{.name = text_in(event, {"user", "audit", "name"}),
                      .is_system = is_system_account(text_in(event, {"user", "audit", "id"}))};
  const Account user = account_in(event, {"user", "name"}, {"user", "id"}, client);
  const Account effective =
      account_in(event, {"user", "effective", "name"}, {"user", "effective", "id"}, client);
  const Account& person = !login.name.empty() ? login : !user.name.empty() ? user : effective;
  ActorForClient actor;
  actor.who.person = person.name;
  actor.person_is_system = person.is_system;
  if (effective.name != person.name) actor.who.acts_as = effective.name;
  actor.acts_as_is_system = effective.is_system;
  std::string program = text_in(event, {"process", "executable"});
  const bool is_of_system =
      std::any_of(kSystemDirectories.begin(), kSystemDirectories.end(),
                  [&](std::string_view directory) { return program.starts_with(directory); });
  if (!program.empty() && !is_of_system) program = "a program outside the system's directories";
  actor.who.program = std::move(program);
  actor.who.service = text_in(event, {"purposewatch", "service"});
  return actor;
}

}  // namespace purposewatch
