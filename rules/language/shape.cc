#include "rules/language/shape.h"

#include <algorithm>
#include <string>

#include "rules/language/nearest.h"

namespace purposewatch {
namespace {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 80;
  return "'" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "…'" : "'");
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kText:
      return in_quotes(node.text);
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
    default:
      return "nothing";
  }
}

std::vector<std::string_view> names_of(const Section& section) {
  std::vector<std::string_view> names;
  for (const Key& key : section.keys) names.push_back(key.name);
  return names;
}

// "'paths', 'sockets' or 'ports'"
std::string alternatives(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "'" : i + 1 == names.size() ? " or '" : ", '") + std::string(names[i]) + "'";
  return text;
}

class ShapeCheck {
 public:
  explicit ShapeCheck(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void section(const Node& node, const Section& section, const Position& at) {
    if (!expect(node, Node::Kind::kMap, std::string(section.what) + " is a map of keys")) return;
    for (const Entry& entry : node.entries) {
      const auto* key = std::find_if(section.keys.data(), section.keys.data() + section.keys.size(),
                                     [&](const Key& candidate) { return candidate.name == entry.key; });
      if (key == section.keys.data() + section.keys.size())
        diagnostics_.error(entry.at,
                           "unknown key " + in_quotes(entry.key) + " in " + std::string(section.what),
                           diagnostics_.is_crowded() ? "" : did_you_mean(entry.key, names_of(section)));
      else
        value(entry, *key);
    }
    if (is_change_) return;
    for (const Key& key : section.keys)
      if (key.required && !node.find(key.name))
        diagnostics_.error(at, std::string(section.what) + " needs '" + std::string(key.name) + "'");
    const auto is_there = [&](std::string_view name) { return node.find(name) != nullptr; };
    if (!section.needs_one_of.empty() &&
        std::none_of(section.needs_one_of.begin(), section.needs_one_of.end(), is_there))
      diagnostics_.error(at, std::string(section.what) + " needs " + alternatives(section.needs_one_of));
  }

 private:
  void value(const Entry& entry, const Key& key) {
    const Node& node = entry.value;
    const std::string name = "'" + std::string(key.name) + "'";
    switch (key.shape) {
      case Shape::kText:
        if (expect(node, Node::Kind::kText, name + " is one text")) text(node, *key.format);
        break;
      case Shape::kTexts:
        texts(node, key, name);
        break;
      case Shape::kYesNo:
        if (node.kind != Node::Kind::kText || node.quoted || (node.text != "true" && node.text != "false"))
          wrong(node, name + " is true or false");
        break;
      case Shape::kSection:
        section(node, *key.section, entry.at);
        break;
      case Shape::kNamed:
        named(node, key, name);
        break;
      case Shape::kRows:
        if (!expect(node, Node::Kind::kList, name + " is a list")) break;
        for (const Node& item : node.items) section(item, *key.section, item.at);
        break;
      case Shape::kSets:
        sets(node, key, name);
        break;
      case Shape::kChanges:
        is_change_ = true;
        section(node, *key.section, entry.at);
        is_change_ = false;
        break;
    }
  }

  void texts(const Node& node, const Key& key, const std::string& name) {
    if (node.kind == Node::Kind::kText) return text(node, *key.format);
    if (!expect(node, Node::Kind::kList, name + " is one text or a list of texts")) return;
    if (node.items.empty()) diagnostics_.error(node.at, name + " must not be empty");
    for (const Node& item : node.items)
      if (expect(item, Node::Kind::kText, name + " holds texts")) text(item, *key.format);
  }

  void named(const Node& node, const Key& key, const std::string& name) {
    each_name(node, name, [&](const Entry& entry) { section(entry.value, *key.section, entry.at); });
  }

  void sets(const Node& node, const Key& key, const std::string& name) {
    each_name(node, name, [&](const Entry& entry) { texts(entry.value, key, "'" + entry.key + "'"); });
  }

  template <class Check>
  void each_name(const Node& node, const std::string& name, const Check& check) {
    if (!expect(node, Node::Kind::kMap, name + " is a map of names")) return;
    for (const Entry& entry : node.entries) {
      if (!kNameFormat.fits(entry.key))
        diagnostics_.error(entry.at, in_quotes(entry.key) + " is not " + std::string(kNameFormat.what));
      check(entry);
    }
  }

  void text(const Node& node, const Format& format) {
    if (!format.words.empty()) {
      if (std::find(format.words.begin(), format.words.end(), node.text) == format.words.end())
        diagnostics_.error(node.at, in_quotes(node.text) + " is not " + std::string(format.what),
                           diagnostics_.is_crowded()
                               ? ""
                               : did_you_mean(node.text, {format.words.begin(), format.words.end()}));
      return;
    }
    const bool is_fit = format.fits ? format.fits(node.text) : !node.text.empty();
    if (!is_fit) diagnostics_.error(node.at, in_quotes(node.text) + " is not " + std::string(format.what));
  }

  bool expect(const Node& node, Node::Kind kind, const std::string& rule) {
    if (node.kind == kind) return true;
    wrong(node, rule);
    return false;
  }

  void wrong(const Node& node, const std::string& rule) {
    if (node.kind != Node::Kind::kRefused) diagnostics_.error(node.at, rule + ", not " + found(node));
  }

  Diagnostics& diagnostics_;
  bool is_change_ = false;  // within an override: it says only what is other
};

}  // namespace

void check_shape(const Node& root, const Section& section, Diagnostics& diagnostics) {
  ShapeCheck(diagnostics).section(root, section, root.at);
}

}  // namespace purposewatch
