#include "rules/language/overrides.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "rules/language/nearest.h"
#include "rules/language/words.h"

namespace purposewatch {
namespace {

// "stores" -> "store".
std::string singular(std::string_view section) {
  return section == "classes" ? "class" : std::string(section.substr(0, section.size() - 1));
}

Node* find(Node& node, std::string_view key) {
  for (Entry& entry : node.entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

// Each is looked for through all that there is.
constexpr std::size_t kChangesMax = 1000;

class Overrides {
 public:
  Overrides(std::vector<Node>& roots, Diagnostics& diagnostics) : roots_(roots), diagnostics_(diagnostics) {}

  void run() {
    std::vector<Node> changes;
    for (Node& root : roots_)
      for (std::size_t i = 0; i < root.entries.size(); ++i) {
        if (root.entries[i].key != "override") continue;
        changes.push_back(std::move(root.entries[i].value));
        root.entries.erase(root.entries.begin() + static_cast<std::ptrdiff_t>(i--));
      }
    for (const Node& one : changes) change(one);
    for (const Node& one : changes)
      if (const Node* removal = one.find("remove")) remove(*removal);
  }

 private:
  void change(const Node& changes) {
    for (const Entry& section : changes.entries) {
      if (section.key == "remove") continue;
      for (const Entry& one : section.value.entries) {
        if (!has_room(one.at)) return;
        Node* target = section.key == "permits" ? find_permit(one.key) : find_named(section.key, one.key);
        if (target)
          merge(one.value, *target, section.key + "/" + one.key);
        else
          unknown(section.key, {one.key, one.at});
      }
    }
  }

  bool has_room(const Position& at) {
    if (++changes_ == kChangesMax + 1)
      diagnostics_.error(at, "more than " + std::to_string(kChangesMax) + " overrides and removals");
    return changes_ <= kChangesMax;
  }

  // The keys that are given take the place of those that were there.
  void merge(const Node& changes, Node& target, const std::string& name) {
    for (const Entry& entry : changes.entries) {
      const auto [first, is_new] = changed_.emplace(name + "/" + entry.key, entry.at);
      if (!is_new) {
        diagnostics_.error(entry.at,
                           "'" + entry.key + "' is overridden twice; first at " + to_string(first->second));
        continue;
      }
      const auto old = std::find_if(target.entries.begin(), target.entries.end(),
                                    [&](const Entry& candidate) { return candidate.key == entry.key; });
      if (old == target.entries.end())
        target.entries.push_back(entry);
      else
        *old = entry;
    }
  }

  void remove(const Node& removal) {
    for (const std::string_view section : {"stores", "services", "permits", "safeguards"})
      for (const Word& name : words(removal, section)) {
        if (!has_room(name.at)) return;
        remove_one(section, name);
      }
    if (yes(removal, "tests"))
      for (Node& root : roots_)
        if (removal.at.file != root.at.file)
          std::erase_if(root.entries, [](const Entry& one) { return one.key == "tests"; });
  }

  void remove_one(std::string_view section, const Word& name) {
    bool found = false;
    for (Node& root : roots_) {
      Node* node = find(root, section);
      if (!node) continue;
      const auto by_key = [&](const Entry& entry) { return entry.key == name.text; };
      const auto by_name = [&](const Node& row) { return is_called(row, name.text); };
      found = std::erase_if(node->entries, by_key) + std::erase_if(node->items, by_name) > 0 || found;
    }
    if (!found) return unknown(section, name);
    if (section == "stores" || section == "services") forget(singular(section), name);
  }

  // Those who only worked with what is gone go, too.
  void forget(const std::string& key, const Word& name) {
    for (Node& root : roots_) {
      if (Node* permits = find(root, "permits"))
        std::erase_if(permits->items, [&](Node& permit) { return !leave_out(permit, key, name.text); });
      if (Node* tests = find(root, "tests"))
        std::erase_if(tests->items, [&](const Node& test) {
          const auto wanted = word(test, key);
          return wanted && wanted->text == name.text;
        });
      if (Node* safeguards = find(root, "safeguards"))
        std::erase_if(safeguards->entries,
                      [&](Entry& one) { return !leave_out(one.value, key + "s", name.text); });
      Node* services = key == "service" ? find(root, "services") : nullptr;
      if (!services) continue;
      for (Entry& service : services->entries)
        if (!leave_out(service.value, "parent", name.text))
          diagnostics_.error(name.at, "service '" + service.key + "' has to be started by '" + name.text +
                                          "', which is removed: remove it, too");
    }
  }

  // False when nothing is left of the list.
  static bool leave_out(Node& node, std::string_view key, const std::string& name) {
    Node* list = find(node, key);
    if (!list) return true;
    if (list->kind == Node::Kind::kText) return list->text != name;
    const auto removed = std::erase_if(list->items, [&](const Node& item) { return item.text == name; });
    return removed == 0 || !list->items.empty();
  }

  static bool is_called(const Node& row, const std::string& name) {
    const auto given = word(row, "name");
    return given && given->text == name;
  }

  Node* find_named(std::string_view section, std::string_view name) {
    for (Node& root : roots_)
      if (Node* names = find(root, section))
        if (Node* found = find(*names, name)) return found;
    return nullptr;
  }

  Node* find_permit(const std::string& name) {
    for (Node& root : roots_) {
      Node* permits = find(root, "permits");
      if (!permits) continue;
      for (Node& row : permits->items)
        if (is_called(row, name)) return &row;
    }
    return nullptr;
  }

  void unknown(std::string_view section, const Word& name) {
    std::set<std::string> names;
    for (const Node& root : roots_) {
      const Node* node = root.find(section);
      if (!node || diagnostics_.is_crowded() || node->entries.size() + node->items.size() > kNamesHintedMax)
        continue;
      for (const Entry& entry : node->entries) names.insert(entry.key);
      for (const Node& row : node->items)
        if (const auto given = word(row, "name")) names.insert(given->text);
    }
    diagnostics_.error(name.at, "no " + singular(section) + " is called '" + name.text + "'",
                       did_you_mean(name.text, {names.begin(), names.end()}));
  }

  std::vector<Node>& roots_;
  Diagnostics& diagnostics_;
  std::map<std::string, Position> changed_;  // "stores/client-mail/paths"
  std::size_t changes_ = 0;
};

}  // namespace

void apply_overrides(std::vector<Node>& roots, Diagnostics& diagnostics) {
  Overrides(roots, diagnostics).run();
}

}  // namespace purposewatch
