#include "rules/clause.h"

#include <algorithm>
#include <array>

namespace purposewatch {
namespace {

struct ClauseRule {
  AccessMask kinds;
  std::array<std::string_view, 3> classes;  // any of them; all empty: whatever the class
  std::string_view clause;
};

constexpr AccessMask kLooking = mask_of(AccessKind::kRead) | mask_of(AccessKind::kList) |
                                mask_of(AccessKind::kExec) | mask_of(AccessKind::kConnect) |
                                mask_of(AccessKind::kMemory) | mask_of(AccessKind::kDevice);
// Renaming over a file is how careful programs change its contents.
constexpr AccessMask kChanging =
    mask_of(AccessKind::kWrite) | mask_of(AccessKind::kCreate) | mask_of(AccessKind::kRename);

// The first rule that fits decides.
constexpr std::array kClauseRules = {
    // Contents of mail are disclosed for four reasons only; every way of getting at the bytes is a
    // disclosure.
    ClauseRule{kLooking, {"communications", "", ""}, "P7"},
    // Any other client data is used to provide what was asked for, and not otherwise.
    ClauseRule{kLooking, {"", "", ""}, "P4"},
    // Who a client is changes only through the channels that clients know.
    ClauseRule{kChanging, {"contact", "account", "domain-contact"}, "P5"},
    // The rest is alteration or loss: content, names, rights, existence.
    ClauseRule{AccessMask{0xffff}, {"", "", ""}, "P3"},
};

bool fits(const ClauseRule& rule, const Store& store, AccessKind kind) {
  if (!(rule.kinds & mask_of(kind))) return false;
  if (rule.classes[0].empty()) return true;
  return std::any_of(store.classes.begin(), store.classes.end(), [&](const std::string& name) {
    return std::find(rule.classes.begin(), rule.classes.end(), name) != rule.classes.end();
  });
}

}  // namespace

std::string_view broken_clause(const Store& store, AccessKind kind) {
  const auto* rule = std::find_if(kClauseRules.begin(), kClauseRules.end(),
                                  [&](const ClauseRule& candidate) { return fits(candidate, store, kind); });
  return rule->clause;  // the last rule fits everything
}

std::string_view disclosing_clause(const Store& store) {
  const bool is_mail =
      std::find(store.classes.begin(), store.classes.end(), "communications") != store.classes.end();
  return is_mail ? "P7" : "P6";
}

}  // namespace purposewatch
