#include "exporters/terminal/json_path.h"

namespace purposewatch {

const nlohmann::json* value_at(const nlohmann::json& json, std::initializer_list<const char*> names) {
  const nlohmann::json* value = &json;
  for (const char* name : names) {
    const auto member = value->is_object() ? value->find(name) : value->end();
    if (!value->is_object() || member == value->end()) return nullptr;
    value = &*member;
  }
  return value;
}

std::string_view text_at(const nlohmann::json& json, std::initializer_list<const char*> names) {
  const nlohmann::json* value = value_at(json, names);
  return value != nullptr && value->is_string() ? std::string_view{value->get_ref<const std::string&>()}
                                                : std::string_view{};
}

}  // namespace purposewatch
