// The grammar as a JSON Schema (draft 2020-12).
#include <nlohmann/json.hpp>

#include "rules/language/grammar.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

// partly: nothing has to be there.
Json schema_of(const Section& section, bool partly = false);

Json schema_of(const Format& format) {
  // YAML readers of editors take 2027-06-30 or 17 for something else than text; the agent does not.
  Json json = {
      {"type", format.words.empty() ? Json::array({"string", "number", "boolean"}) : Json("string")}};
  if (!format.words.empty())
    json["enum"] = Json(std::vector<std::string>(format.words.begin(), format.words.end()));
  if (!format.schema_pattern.empty()) json["pattern"] = format.schema_pattern;
  return json;
}

Json texts_schema(const Format& format) {
  const Json set = {{"type", "string"},
                    {"pattern", "^\\$" + std::string(kNameFormat.schema_pattern.substr(1))}};
  const Json one = {{"anyOf", {schema_of(format), set}}};
  return {{"anyOf", {one, {{"type", "array"}, {"items", one}, {"minItems", 1}}}}};
}

Json named_schema(Json each) {
  return {{"type", "object"},
          {"propertyNames", {{"pattern", kNameFormat.schema_pattern}}},
          {"additionalProperties", std::move(each)}};
}

Json schema_of(const Key& key, bool partly) {
  switch (key.shape) {
    case Shape::kText:
      return schema_of(*key.format);
    case Shape::kTexts:
      return texts_schema(*key.format);
    case Shape::kYesNo:
      return {{"type", "boolean"}};
    case Shape::kSection:
      return schema_of(*key.section, partly);
    case Shape::kNamed:
      return named_schema(schema_of(*key.section, partly));
    case Shape::kRows:
      return {{"type", "array"}, {"items", schema_of(*key.section, partly)}};
    case Shape::kSets:
      return named_schema(texts_schema(*key.format));
    case Shape::kChanges:
      return schema_of(*key.section, true);
  }
  return false;
}

Json schema_of(const Section& section, bool partly) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Key& key : section.keys) {
    Json value = schema_of(key, partly);
    if (!key.about.empty()) value["description"] = key.about;
    properties[std::string(key.name)] = std::move(value);
    if (key.required) required.push_back(key.name);
  }
  Json json = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (partly) return json;
  if (!required.empty()) json["required"] = std::move(required);
  for (const std::string_view name : section.needs_one_of)
    json["anyOf"].push_back({{"required", Json::array({name})}});
  return json;
}

}  // namespace

std::string policy_json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "purposewatch policy"}};
  schema.update(schema_of(kPolicyFile));
  return schema.dump(2) + "\n";
}

}  // namespace purposewatch
