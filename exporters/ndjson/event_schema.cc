// The schema and the field reference, from the same table that writes the events.
#include <nlohmann/json.hpp>

#include "exporters/ndjson/event_fields.h"
#include "exporters/ndjson/event_json.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

Json object_schema() {
  return {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
}

Json process_schema();

Json value_schema(FieldType type) {
  switch (type) {
    case FieldType::kDate:
      return {{"type", "string"}, {"format", "date-time"}};
    case FieldType::kKeyword:
      return {{"type", "string"}};
    case FieldType::kKeywords:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case FieldType::kLong:
      return {{"type", "integer"}, {"minimum", 0}};
    case FieldType::kBoolean:
      return {{"type", "boolean"}};
    case FieldType::kTexts:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    case FieldType::kProcess:
      return process_schema();
    case FieldType::kProcesses:
      return {{"type", "array"}, {"items", process_schema()}};
  }
  return Json::object();
}

void require(Json& object, std::string_view name) {
  for (const Json& known : object["required"])
    if (known == name) return;
  object["required"].push_back(name);
}

template <class Source>
void add_field(Json& object, std::string_view name, const Field<Source>& field) {
  const std::size_t dot = name.find('.');
  const std::string member{name.substr(0, dot)};
  if (field.always) require(object, member);
  if (dot == std::string_view::npos) {
    Json schema = value_schema(field.type);
    schema["description"] = field.description;
    object["properties"][member] = std::move(schema);
    return;
  }
  Json& inner = object["properties"][member];
  if (inner.is_null()) inner = object_schema();
  add_field(inner, name.substr(dot + 1), field);
}

Json process_schema() {
  Json schema = object_schema();
  for (const auto& field : related_process_fields()) add_field(schema, field.name, field);
  return schema;
}

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::kDate:
      return "date";
    case FieldType::kKeyword:
      return "keyword";
    case FieldType::kKeywords:
      return "keyword[]";
    case FieldType::kLong:
      return "long";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kTexts:
      return "object of keywords";
    case FieldType::kProcess:
      return "process";
    case FieldType::kProcesses:
      return "process[]";
  }
  return "";
}

template <class Source>
void add_row(std::string& out, const Field<Source>& field) {
  out.append("| `").append(field.name).append("` | ").append(type_name(field.type));
  out.append(field.always ? " | always | " : " | | ").append(field.description).append(" |\n");
}

}  // namespace

std::string event_json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"$id", "urn:purposewatch:event:" + std::string{kEventSchemaVersion}},
                 {"title", "purposewatch event"},
                 {"description", "One finding, as one line of NDJSON"}};
  schema.update(object_schema());
  for (const auto& field : event_fields()) add_field(schema, field.name, field);
  return schema.dump(2) + "\n";
}

std::string event_field_reference() {
  std::string out = "| field | type | present | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& field : event_fields()) add_row(out, field);
  out += "\nA process (`process.parent`, `purposewatch.target`, each of `purposewatch.ancestors`) has:\n\n";
  out += "| field | type | present | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& field : related_process_fields()) add_row(out, field);
  return out;
}

}  // namespace purposewatch
