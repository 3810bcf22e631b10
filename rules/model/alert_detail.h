// What an alert may tell of an incident that is about people. Alerts leave the host: what they do not tell is
// in the evidence, under the incident's id.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "rules/base/enum_name.h"

namespace purposewatch {

enum class AlertDetail : std::uint8_t {
  kClientPseudonym,  // whose data: a word that stands for the client on this host alone
  kClient,           // whose data, by name
  kPerson,           // who acted, by name
  kExecutable,       // with which program: its path may lie in a client's directory
};
inline constexpr std::array<std::string_view, 4> kAlertDetailNames = {"client-pseudonym", "client", "person",
                                                                      "executable"};

// A set of details: bit i stands for the one of value i.
using AlertDetails = std::uint8_t;
constexpr AlertDetails mask_of(AlertDetail detail) {
  return static_cast<AlertDetails>(1U << static_cast<unsigned>(detail));
}
constexpr AlertDetails alert_detail_named(std::string_view name) {  // 0: there is none
  const auto detail = enum_named<AlertDetail>(kAlertDetailNames, name);
  return detail ? mask_of(*detail) : AlertDetails{0};
}
inline constexpr AlertDetails kUsualAlertDetails = mask_of(AlertDetail::kClientPseudonym);

}  // namespace purposewatch
