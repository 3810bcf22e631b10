#include "agent/report/record_text.h"

#include <ctime>

#include "exporters/text/visible_text.h"

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

const Json* member_at(const Json& json, std::initializer_list<const char*> names) {
  const Json* at = &json;
  for (const char* name : names) {
    if (!at->is_object()) return nullptr;
    const auto member = at->find(name);
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

std::string text_in(const Json& json, std::initializer_list<const char*> names) {
  const Json* value = member_at(json, names);
  if (value == nullptr || !value->is_string()) return {};
  return shown_text(value->get_ref<const std::string&>());
}

std::uint64_t number_in(const Json& json, std::initializer_list<const char*> names) {
  const Json* value = member_at(json, names);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

std::int64_t moment_in(const Json& json, std::initializer_list<const char*> names) {
  std::tm utc{};
  const std::string text = text_in(json, names);
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return 0;
  std::int64_t ns = static_cast<std::int64_t>(timegm(&utc)) * 1'000'000'000;
  if (*rest != '.') return ns;
  std::int64_t scale = 100'000'000;
  for (++rest; *rest >= '0' && *rest <= '9' && scale > 0; ++rest, scale /= 10) ns += (*rest - '0') * scale;
  return ns;
}

}  // namespace purposewatch
