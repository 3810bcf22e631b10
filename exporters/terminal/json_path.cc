#include "exporters/terminal/json_path.h"

#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

template <class Json>
const Json* find_value(const Json& json, std::initializer_list<const char*> names) {
  const Json* value = &json;
  for (const char* name : names) {
    if (!value->is_object()) return nullptr;
    const auto member = value->find(name);
    if (member == value->end()) return nullptr;
    value = &*member;
  }
  return value;
}

}  // namespace

const nlohmann::json* value_at(const nlohmann::json& json, std::initializer_list<const char*> names) {
  return find_value(json, names);
}

const nlohmann::ordered_json* value_at(const nlohmann::ordered_json& json,
                                       std::initializer_list<const char*> names) {
  return find_value(json, names);
}

std::string_view text_at(const nlohmann::json& json, std::initializer_list<const char*> names) {
  const nlohmann::json* value = value_at(json, names);
  return value != nullptr && value->is_string() ? std::string_view{value->get_ref<const std::string&>()}
                                                : std::string_view{};
}

std::string string_at(const nlohmann::json& json, std::initializer_list<const char*> names) {
  return std::string(text_at(json, names));
}

std::string shown_at(const nlohmann::json& json, std::initializer_list<const char*> names) {
  return visible_text(text_at(json, names), Backslash::kKeep);
}

}  // namespace purposewatch
