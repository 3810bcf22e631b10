// Names of users, as the host's databases know them; remembered for a while, since every finding asks.
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
  void forget() { names_.clear(); }

 private:
  std::unordered_map<std::uint32_t, std::string> names_;
};

// Asked anew each time. Empty when the host knows no such user.
std::string user_name(std::uint32_t uid);

// Name or decimal id -> user id. Nothing for a name that the host does not know.
std::optional<std::uint32_t> user_id(const std::string& name_or_id);

}  // namespace purposewatch
