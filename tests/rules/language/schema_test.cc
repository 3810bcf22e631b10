#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "rules/language/grammar.h"
#include "rules/language/read_yaml.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using Json = nlohmann::json;

Node tree_of_shipped_policy() {
  std::ifstream file(std::string(PURPOSEWATCH_RULES_DIR) + "/mmshosting.yaml");
  std::stringstream bytes;
  bytes << file.rdbuf();
  Diagnostics diagnostics;
  return read_yaml({"mmshosting.yaml", bytes.str()}, diagnostics).value_or(Node{});
}

// The part of JSON Schema that the printed one uses, applied to a policy's tree: what an editor would
// underline.
void validate(const Node& node, const Json& schema, std::vector<std::string>& wrong) {
  const auto complain = [&](const std::string& why) { wrong.push_back(to_string(node.at) + ": " + why); };
  if (schema.is_boolean()) {
    if (!schema.get<bool>()) complain("not allowed");
    return;
  }
  if (schema.contains("anyOf") && !schema.contains("type")) {
    for (const Json& option : schema["anyOf"]) {
      std::vector<std::string> tried;
      validate(node, option, tried);
      if (tried.empty()) return;
    }
    return complain("fits no alternative");
  }
  const std::string types = schema["type"].dump();
  const auto is = [&](const char* type) { return types.find(type) != std::string::npos; };
  if (node.kind == Node::Kind::kText) {
    if (!is("string") && !(is("boolean") && (node.text == "true" || node.text == "false")))
      complain("a text");
    if (schema.contains("pattern") &&
        !std::regex_search(node.text, std::regex(schema["pattern"].get<std::string>())))
      complain("another form");
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), node.text) == schema["enum"].end())
      complain("no such word");
  } else if (node.kind == Node::Kind::kList) {
    if (!is("array")) return complain("a list");
    if (schema.contains("minItems") && node.items.size() < schema["minItems"]) complain("too short");
    for (const Node& item : node.items) validate(item, schema["items"], wrong);
  } else {
    if (!is("object")) return complain("a map");
    for (const Entry& entry : node.entries) {
      const Json properties = schema.value("properties", Json::object());
      validate(entry.value,
               properties.contains(entry.key) ? properties[entry.key] : schema["additionalProperties"],
               wrong);
    }
    const auto lacks = [&](const Json& key) { return !node.find(key.get<std::string>()); };
    for (const Json& key : schema.value("required", Json::array()))
      if (lacks(key)) complain("lacks " + key.get<std::string>());
    const Json groups = schema.value("anyOf", Json::array());
    if (!groups.empty() &&
        std::all_of(groups.begin(), groups.end(), [&](const Json& one) { return lacks(one["required"][0]); }))
      complain("lacks every one of " + groups.dump());
  }
}

TEST(Schema, IsDraft202012WithEverySectionOfTheGrammar) {
  const Json schema = Json::parse(policy_json_schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  for (const Key& key : kPolicyFile.keys)
    EXPECT_TRUE(schema["properties"].contains(std::string(key.name))) << key.name;
  EXPECT_EQ(schema["additionalProperties"], false);
}

TEST(Schema, AcceptsTheShippedPolicy) {
  std::vector<std::string> wrong;
  validate(tree_of_shipped_policy(), Json::parse(policy_json_schema()), wrong);
  EXPECT_EQ(wrong, std::vector<std::string>{});
}

TEST(Schema, RefusesWhatTheCheckerRefuses) {
  const Json schema = Json::parse(policy_json_schema());
  for (const char* yaml :
       {"stores: {m: {clas: x}}", "permits: {}", "tests: [{who: {}}]", "stores: {m: {class: a, paths: []}}",
        "stores: {m: {class: mail}}", "permits: [{service: s, store: m, access: reed, purpose: p}]",
        "services: {s: {owner: maybe}}", "tests: [{who: {exe: /a}, access: read, expect: flagged}]",
        "safeguards: {secure-boot: {stores: all}}"}) {
    Diagnostics diagnostics;
    std::vector<std::string> wrong;
    validate(read_yaml({"p.yaml", yaml}, diagnostics).value_or(Node{}), schema, wrong);
    EXPECT_FALSE(wrong.empty()) << yaml;
    EXPECT_FALSE(complaints(kHead + yaml + "\n").empty()) << yaml;
  }
}

// It is what `check --print-guide` prints: write it anew when the language grows.
TEST(Guide, IsThePageInTheRepository) {
  std::ifstream file(PURPOSEWATCH_RULES_DIR "/GUIDE.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page, policy_guide());
}

}  // namespace
}  // namespace purposewatch
