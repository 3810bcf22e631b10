#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "rules/language/check_rules.h"
#include "rules/language/destination.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

// One for each service and store, each with its windows and destinations; a few lines with long lists could
// ask for billions.
constexpr std::size_t kPermitsMax = 100'000;
constexpr std::size_t kCopiesMax = 1'000'000;

class PermitCheck {
 public:
  PermitCheck(const RuleNames& names, RuleSet& rules, Diagnostics& diagnostics)
      : names_(names), rules_(rules), diagnostics_(diagnostics) {}

  void add(const PermitDraft& draft) {
    if (diagnostics_.is_full()) return;
    const auto services = resolve(draft.services, names_.services);
    const auto stores = resolve(draft.stores, names_.stores);
    const AccessMask access = read_access(draft.access);
    const std::vector<Window> windows = read_each(draft.windows, parse_window, diagnostics_);
    const std::vector<Destination> egress = read_each(draft.egress, parse_destination, diagnostics_);
    if (rules_.permits.size() + services.size() * stores.size() > kPermitsMax) {
      diagnostics_.error(draft.at, "more than " + std::to_string(kPermitsMax) + " permits");
      return;
    }
    copies_ += services.size() * stores.size() * (windows.size() + egress.size());
    if (copies_ > kCopiesMax) {
      diagnostics_.error(draft.at, "windows and destinations of so many services and stores: more than " +
                                       std::to_string(kCopiesMax) + " in one policy");
      return;
    }
    if (draft.name) permit_names_.add(*draft.name, diagnostics_);
    if (!draft.purpose) return;  // check_shape has said so
    const auto purpose = names_.purposes.resolve(*draft.purpose, diagnostics_);
    if (!purpose) return;
    if (rules_.purposes[*purpose].requires_grant)
      diagnostics_.error(draft.purpose->at, "purpose '" + draft.purpose->text +
                                                "' requires a grant: no standing permit can use it");
    check_kinds(rules_.purposes[*purpose], access, draft.at);
    for (const auto& [store, word] : stores)
      check_classes(rules_.purposes[*purpose], rules_.stores[store], *word);
    const std::string limited_as = draft.limit ? " " + name_of_limit(draft) : "";
    for (const auto& service : services)
      for (const auto& store : stores) {
        const Purpose& why = rules_.purposes[*purpose];
        const std::string name =
            draft.name ? draft.name->text : service.second->text + "/" + store.second->text + "/" + why.name;
        add_one({.name = name,
                 .service = service.first,
                 .store = store.first,
                 .purpose = *purpose,
                 .access = access,
                 .windows = windows,
                 .egress = egress,
                 .limit = limit_of(draft.limit),
                 .limited_as = draft.limit ? service.second->text + limited_as : "",
                 .at = draft.at});
      }
  }

 private:
  using Resolved = std::vector<std::pair<std::size_t, const Word*>>;

  Resolved resolve(const std::vector<Word>& words, const NameTable& table) {
    Resolved resolved;
    std::unordered_set<std::size_t> seen;
    for (const Word& word : words) {
      const auto index = table.resolve(word, diagnostics_);
      if (!index) continue;
      if (!seen.insert(*index).second)
        diagnostics_.error(word.at, "'" + word.text + "' is listed twice");
      else
        resolved.emplace_back(*index, &word);
    }
    return resolved;
  }

  AccessMask read_access(const std::vector<Word>& words) {
    AccessMask mask = 0;
    for (const Word& word : words) {
      const auto kind = access_kind_named(word.text);
      if (!kind) continue;  // check_shape has said so
      if (mask & mask_of(*kind)) diagnostics_.error(word.at, "'" + word.text + "' is listed twice");
      mask = static_cast<AccessMask>(mask | mask_of(*kind));
    }
    return mask;
  }

  // A permit by its name, or by what it says: over reloads it is the same one.
  static std::string name_of_limit(const PermitDraft& draft) {
    if (draft.name) return draft.name->text;
    std::string text = draft.purpose->text;
    for (const auto* words : {&draft.stores, &draft.access})
      for (const Word& word : *words) text += " " + word.text;
    return text;
  }

  void check_kinds(const Purpose& purpose, AccessMask access, const Position& at) {
    if (purpose.access == 0) return;
    std::string wider;
    for (std::size_t i = 0; i < kAccessKindCount; ++i)
      if ((access & ~purpose.access) >> i & 1)
        wider += (wider.empty() ? "" : ", ") + std::string(kAccessKindNames[i]);
    if (!wider.empty())
      diagnostics_.warning(at, "the permit is wider than purpose '" + purpose.name + "' needs: " + wider);
  }

  void check_classes(const Purpose& purpose, const Store& store, const Word& at) {
    for (const std::string& name : store.classes)
      if (std::find(purpose.classes.begin(), purpose.classes.end(), name) == purpose.classes.end())
        diagnostics_.error(at.at, "purpose '" + purpose.name + "' may not touch class '" + name +
                                      "' of store '" + store.name + "'");
  }

  // One kind of access has one permit, so that every access has one reason.
  void add_one(Permit permit) {
    for (std::size_t i = 0; i < kAccessKindCount; ++i) {
      const auto kind = static_cast<AccessKind>(i);
      if (!(permit.access & mask_of(kind))) continue;
      const auto [first, is_new] = given_.emplace(std::tuple(permit.service, permit.store, kind), permit.at);
      if (!is_new)
        diagnostics_.error(permit.at, "service '" + rules_.services[permit.service].name + "' may already " +
                                          std::string(name_of(kind)) + " in store '" +
                                          rules_.stores[permit.store].name + "', by the permit at " +
                                          to_string(first->second));
    }
    if (permit.access) rules_.permits.push_back(std::move(permit));
  }

  const RuleNames& names_;
  RuleSet& rules_;
  Diagnostics& diagnostics_;
  NameTable permit_names_{"permit"};
  std::size_t copies_ = 0;  // of windows and destinations
  std::map<std::tuple<std::size_t, std::size_t, AccessKind>, Position> given_;
};

}  // namespace

void check_permits(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules,
                   Diagnostics& diagnostics) {
  PermitCheck check(names, rules, diagnostics);
  for (const PermitDraft& permit : draft.permits) check.add(permit);
}

}  // namespace purposewatch
