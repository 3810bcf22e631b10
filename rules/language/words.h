// The texts of a file's tree, each with its place. What has the wrong shape is missing here; check_shape has
// reported it.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/node.h"

namespace purposewatch {

struct Word {
  std::string text;
  Position at;
};

inline std::optional<Word> word(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  if (!value || value->kind != Node::Kind::kText) return std::nullopt;
  return Word{value->text, value->at};
}

inline std::vector<Word> words(const Node& node, std::string_view key) {
  std::vector<Word> result;
  const Node* value = node.find(key);
  if (!value) return result;
  if (value->kind == Node::Kind::kText) result.push_back({value->text, value->at});
  for (const Node& item : value->items)
    if (item.kind == Node::Kind::kText) result.push_back({item.text, item.at});
  return result;
}

// Of a text that the grammar says is a number.
inline std::optional<std::uint32_t> count(const Node& node, std::string_view key) {
  const auto text = word(node, key);
  std::uint32_t number = 0;
  if (!text ||
      std::from_chars(text->text.data(), text->text.data() + text->text.size(), number).ec != std::errc())
    return std::nullopt;
  return number;
}

inline bool yes(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value && value->kind == Node::Kind::kText && value->text == "true";
}

}  // namespace purposewatch
