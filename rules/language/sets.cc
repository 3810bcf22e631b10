#include "rules/language/sets.h"

#include <algorithm>
#include <utility>

#include "rules/language/nearest.h"

namespace purposewatch {
namespace {

// A few sets of sets could ask for billions of items, or of none, or of one that is very long.
constexpr std::size_t kItemsMax = 100'000;
constexpr std::size_t kItemBytesMax = std::size_t{8} << 20;
constexpr std::size_t kDepthMax = 32;

bool is_reference(const Node& node) {
  return node.kind == Node::Kind::kText && node.text.size() > 1 && node.text.front() == '$';
}

}  // namespace

void Sets::add(const Node& root, Diagnostics& diagnostics) {
  const Node* sets = root.find("sets");
  if (!sets) return;
  for (const Entry& entry : sets->entries) {
    Set set{.at = entry.at, .items = entry.value.items};
    if (entry.value.kind == Node::Kind::kText) set.items = {entry.value};
    const auto [known, is_new] = sets_.try_emplace(entry.key, std::move(set));
    if (!is_new)
      diagnostics.error(entry.at,
                        "set '" + entry.key + "' is defined twice; first at " + to_string(known->second.at));
  }
}

void Sets::expand(Node& node, const Section& section, Diagnostics& diagnostics) {
  for (Entry& entry : node.entries) {
    const auto key = std::find_if(section.keys.begin(), section.keys.end(),
                                  [&](const Key& candidate) { return candidate.name == entry.key; });
    if (key == section.keys.end()) continue;
    switch (key->shape) {
      case Shape::kTexts:
        expand_texts(entry.value, diagnostics);
        break;
      case Shape::kSection:
      case Shape::kChanges:
        expand(entry.value, *key->section, diagnostics);
        break;
      case Shape::kNamed:
        for (Entry& named : entry.value.entries) expand(named.value, *key->section, diagnostics);
        break;
      case Shape::kRows:
        for (Node& row : entry.value.items) expand(row, *key->section, diagnostics);
        break;
      default:
        break;
    }
  }
}

void Sets::expand_texts(Node& node, Diagnostics& diagnostics) {
  const bool has_references =
      is_reference(node) || std::any_of(node.items.begin(), node.items.end(), is_reference);
  if (!has_references) return;
  std::vector<Node> items;
  if (node.kind == Node::Kind::kList)
    for (const Node& item : node.items) append(item, items, diagnostics);
  else
    append(node, items, diagnostics);
  // What could not be found was reported; that it leaves nothing need not be.
  node.kind = items.empty() ? Node::Kind::kRefused : Node::Kind::kList;
  node.items = std::move(items);
}

// Items of a set stand where the set was named: that is the place of what is wrong with them there.
void Sets::append(const Node& item, std::vector<Node>& to, Diagnostics& diagnostics) {
  if (!is_reference(item)) return to.push_back(item);
  const std::string name = item.text.substr(1);
  const auto found = sets_.find(name);
  if (found == sets_.end()) {
    std::vector<std::string_view> names;
    if (sets_.size() <= kNamesHintedMax && !diagnostics.is_crowded())
      for (const auto& [known, set] : sets_) names.push_back(known);
    return diagnostics.error(item.at, "no set is called '" + name + "'", did_you_mean(name, names));
  }
  Set& set = found->second;
  set.is_used = true;
  if (set.is_open) return diagnostics.error(item.at, "set '" + name + "' would contain itself");
  if (depth_ == kDepthMax)
    return diagnostics.error(item.at, "sets stand in sets more than " + std::to_string(kDepthMax) + " deep");
  set.is_open = true;
  ++depth_;
  for (const Node& member : set.items) {
    if (!has_room(member, item.at, diagnostics)) break;
    if (is_reference(member)) {
      append(member, to, diagnostics);
      continue;
    }
    to.push_back(member);
    to.back().at = item.at;
  }
  --depth_;
  set.is_open = false;
}

bool Sets::has_room(const Node& member, const Position& at, Diagnostics& diagnostics) {
  put_bytes_ += member.text.size();
  if (++put_ <= kItemsMax && put_bytes_ <= kItemBytesMax) return true;
  if (!std::exchange(is_too_much_, true))
    diagnostics.error(at, "sets stand for more than " + std::to_string(kItemsMax) + " items, or " +
                              std::to_string(kItemBytesMax >> 20U) + " MiB of them");
  return false;
}

void Sets::warn_unused(Diagnostics& diagnostics) const {
  for (const auto& [name, set] : sets_)
    if (!set.is_used) diagnostics.warning(set.at, "nothing uses set '" + name + "'");
}

}  // namespace purposewatch
