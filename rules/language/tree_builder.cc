#include "rules/language/tree_builder.h"

#include <algorithm>
#include <utility>

#include "rules/language/read_yaml.h"

namespace purposewatch {

Position TreeBuilder::position(const YAML::Mark& mark) const {
  if (mark.is_null()) return {file_, 1, 1};
  return {file_, mark.line + 1, mark.column + 1};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (has_document_) {
    diagnostics_.error(position(mark), "a second document begins here; a policy file is one document");
    throw StopReading{};
  }
  has_document_ = true;
}

void TreeBuilder::refuse_decoration(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
  if (anchor != 0) diagnostics_.error(position(mark), "anchors (&name) are not allowed in a policy");
  // The library says "?" for plain and "!" for quoted values that carry no tag.
  if (!tag.empty() && tag != "?" && tag != "!")
    diagnostics_.error(position(mark), "tags (!name) are not allowed in a policy");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  refuse_decoration(mark, {}, anchor);
  Node node;
  node.at = position(mark);
  add(std::move(node));
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) {
  diagnostics_.error(position(mark), "aliases (*name) are not allowed in a policy",
                     "a path pattern that begins with * needs quotes");
  Node node;
  node.kind = Node::Kind::kRefused;
  node.at = position(mark);
  add(std::move(node));
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  refuse_decoration(mark, tag, anchor);
  Node node;
  node.kind = Node::Kind::kText;
  node.at = position(mark);
  node.quoted = tag == "!";
  node.text = value;
  if (node.quoted) last_quoted_ = node.at;
  // Escapes in quotes ("\0", "\x1b") can smuggle in what the file's own bytes may not hold.
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; };
  if (value.size() > kPolicyTextBytesMax) {
    diagnostics_.error(node.at, "longer than " + std::to_string(kPolicyTextBytesMax) + " bytes");
    node.kind = Node::Kind::kRefused;
    node.text.clear();
  } else if (std::any_of(value.begin(), value.end(), is_control)) {
    diagnostics_.error(node.at, "control characters are not allowed in a policy");
    node.kind = Node::Kind::kRefused;
  }
  add(std::move(node));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value /*style*/) {
  refuse_decoration(mark, tag, anchor);
  Node node;
  node.kind = Node::Kind::kList;
  node.at = position(mark);
  open(std::move(node));
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value /*style*/) {
  refuse_decoration(mark, tag, anchor);
  Node node;
  node.kind = Node::Kind::kMap;
  node.at = position(mark);
  open(std::move(node));
}

void TreeBuilder::open(Node node) {
  if (open_.size() >= kPolicyDepthMax) {
    diagnostics_.error(node.at, "nested deeper than " + std::to_string(kPolicyDepthMax) + " levels");
    throw StopReading{};
  }
  open_.push_back(Open{.node = std::move(node), .awaits_value = false, .drop_value = false, .lines = {}});
}

void TreeBuilder::close() {
  Node done = std::move(open_.back().node);
  open_.pop_back();
  add(std::move(done));
}

void TreeBuilder::add(Node node) {
  if (++values_ > kPolicyValuesMax) {
    diagnostics_.error(node.at, "more than " + std::to_string(kPolicyValuesMax) + " values in one file");
    throw StopReading{};
  }
  if (open_.empty()) {
    root_ = std::move(node);
    has_root_ = true;
    return;
  }
  Open& parent = open_.back();
  if (parent.node.kind == Node::Kind::kList) {
    parent.node.items.push_back(std::move(node));
  } else if (!parent.awaits_value) {
    add_key(parent, std::move(node));
  } else {
    parent.awaits_value = false;
    if (std::exchange(parent.drop_value, false)) return;
    Entry& entry = parent.node.entries.back();
    // "key:" alone is told at the key: the library places the missing value wherever the next thing begins.
    if (node.kind == Node::Kind::kNothing) node.at = entry.at;
    entry.value = std::move(node);
  }
}

void TreeBuilder::add_key(Open& map, Node key) {
  map.awaits_value = true;
  if (key.kind != Node::Kind::kText) {
    if (key.kind != Node::Kind::kRefused) diagnostics_.error(key.at, "a key must be a plain word");
    map.drop_value = true;
    return;
  }
  const auto [first, is_new] = map.lines.emplace(key.text, key.at.line);
  if (!is_new) {
    diagnostics_.error(
        key.at, "key '" + key.text + "' is given twice; first in line " + std::to_string(first->second));
    map.drop_value = true;
    return;
  }
  map.node.entries.push_back(Entry{.key = std::move(key.text), .at = std::move(key.at), .value = {}});
}

}  // namespace purposewatch
