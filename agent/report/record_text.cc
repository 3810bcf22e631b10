#include "agent/report/record_text.h"

#include "exporters/terminal/json_path.h"
#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string shown_text(std::string_view text) {
  std::string shown = visible_text(text, Backslash::kKeep);
  if (shown.size() <= kReportTextBytesMax) return shown;
  std::size_t end = kReportTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0U) == 0x80U) --end;
  shown.resize(end);
  return shown + "…";
}

std::string text_in(const Json& json, std::initializer_list<const char*> names) {
  const Json* value = value_at(json, names);
  if (value == nullptr || !value->is_string()) return {};
  return shown_text(value->get_ref<const std::string&>());
}

std::uint64_t number_in(const Json& json, std::initializer_list<const char*> names) {
  const Json* value = value_at(json, names);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

std::int64_t moment_in(const Json& json, std::initializer_list<const char*> names) {
  return wall_ns_of_rfc3339(text_in(json, names));
}

}  // namespace purposewatch
