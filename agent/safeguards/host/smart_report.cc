#include "agent/safeguards/host/smart_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace purposewatch {
namespace {

using Json = nlohmann::json;

// Null where there is none.
const Json& at(const Json& json, const char* key) {
  static const Json none;
  if (!json.is_object()) return none;
  const auto found = json.find(key);
  return found == json.end() ? none : *found;
}

std::string text_at(const Json& json, const char* key) {
  const Json& value = at(json, key);
  return value.is_string() ? value.get<std::string>() : "";
}

void read_status(const Json& json, SmartReport& report) {
  const Json& passed = at(at(json, "smart_status"), "passed");
  if (!passed.is_boolean()) return;
  report.says_something = true;
  if (!passed.get<bool>()) report.complaints.emplace_back("SMART says that it fails");
}

void read_nvme(const Json& json, SmartReport& report) {
  const Json& warning = at(at(json, "nvme_smart_health_information_log"), "critical_warning");
  if (!warning.is_number_unsigned()) return;
  report.says_something = true;
  if (const auto bits = warning.get<std::uint64_t>(); bits != 0)
    report.complaints.push_back(fmt::format("critical warning {:#04x}", bits));
}

// `when_failed` is "", "past" or "now".
void read_attributes(const Json& json, SmartReport& report) {
  const Json& table = at(at(json, "ata_smart_attributes"), "table");
  if (!table.is_array()) return;
  for (const Json& attribute : table) {
    const Json& is_prefailure = at(at(attribute, "flags"), "prefailure");
    if (text_at(attribute, "when_failed") == "now" && is_prefailure.is_boolean() && is_prefailure.get<bool>())
      report.complaints.push_back(text_at(attribute, "name") + " is below its threshold");
  }
}

}  // namespace

std::optional<SmartReport> read_smart_report(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  SmartReport report;
  report.device = text_at(at(json, "device"), "name");
  report.model = text_at(json, "model_name");
  report.serial = text_at(json, "serial_number");
  read_status(json, report);
  read_nvme(json, report);
  read_attributes(json, report);
  return report;
}

}  // namespace purposewatch
