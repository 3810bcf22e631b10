#include "agent/daemon/policy_serial.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "agent/files/json_number.h"
#include "agent/files/whole_file.h"

namespace purposewatch {

using Json = nlohmann::ordered_json;

Result<void> PolicySerial::may_take(const RuleSet& rules) const {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file_, error))) return {};  // the first one
  const auto text = read_whole_file(file_);
  if (!text) return tl::unexpected(text.error());
  try {
    const Json last = Json::parse(*text);
    const auto serial = number_in<std::uint64_t>(last, "serial");
    if (*rules.serial < serial)
      return fail(
          fmt::format("the policy's serial is {}, and {} was in force already", *rules.serial, serial));
    if (*rules.serial == serial && last.at("digest").get<std::string>() != rules.identity.digest)
      return fail(fmt::format(
          "another policy of the serial {} was in force: one that is changed needs a higher one", serial));
  } catch (const Json::exception& problem) {
    return fail(file_ + ": " + problem.what());
  }
  return {};
}

Result<void> PolicySerial::remember(const RuleSet& rules) const {
  const Json json = {{"serial", *rules.serial}, {"digest", rules.identity.digest}};
  return write_whole_file(file_, json.dump() + "\n");
}

}  // namespace purposewatch
