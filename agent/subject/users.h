// Names of users and groups, as the host's databases know them; remembered for a while, since every finding
// asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace purposewatch {

class Users {
 public:
  // Empty when the host knows no such user.
  const std::string& name_of(std::uint32_t uid);
  const std::string& group_name_of(std::uint32_t gid);
  void forget() {
    names_.clear();
    groups_.clear();
  }

 private:
  std::unordered_map<std::uint32_t, std::string> names_, groups_;
};

// Asked anew each time. Empty when the host knows no such user.
std::string user_name(std::uint32_t uid);
std::string group_name(std::uint32_t gid);

// Name or decimal id -> user id. Nothing for a name that the host does not know.
std::optional<std::uint32_t> user_id(const std::string& name_or_id);
std::optional<std::uint32_t> group_id(const std::string& name_or_id);

// The user whose processes judge takes for this user of a policy: name or id as it would print them. Nothing
// for a name that is unknown or only a second name of an id ("toor"), and for an id like "0010".
std::optional<std::uint32_t> user_id_of_policy(const std::string& name_or_id);
std::optional<std::uint32_t> group_id_of_policy(const std::string& name_or_id);

}  // namespace purposewatch
