#include "rules/language/policy.h"

#include <algorithm>

#include "rules/language/check_rules.h"
#include "rules/language/digest.h"
#include "rules/language/overrides.h"
#include "rules/language/read_files.h"
#include "rules/language/read_yaml.h"
#include "rules/language/sets.h"
#include "rules/language/shape.h"

namespace purposewatch {
namespace {

// What is said in one place and meant in another: sets and overrides.
void put_together(std::vector<Node>& roots, Diagnostics& diagnostics) {
  Sets sets;
  for (const Node& root : roots) sets.add(root, diagnostics);
  for (Node& root : roots) sets.expand(root, kPolicyFile, diagnostics);
  const auto is_override = [](const Node& root) { return root.find("override") != nullptr; };
  if (std::any_of(roots.begin(), roots.end(), is_override)) {
    for (const Node& root : roots) check_shape(root, kPolicyFile, diagnostics);
    apply_overrides(roots, diagnostics);
  }
  if (!diagnostics.has_errors()) sets.warn_unused(diagnostics);
}

LoadedPolicy check_texts(const std::vector<PolicyText>& texts, bool needs_serial, Diagnostics diagnostics) {
  const bool all_found = !diagnostics.has_errors();
  std::vector<Node> roots;
  for (const PolicyText& text : texts)
    if (auto root = read_yaml(text, diagnostics)) roots.push_back(std::move(*root));
  // References can only be judged when every file could be read.
  const bool all_read = all_found && roots.size() == texts.size();
  put_together(roots, diagnostics);
  PolicyDraft draft;
  for (const Node& root : roots) {
    check_shape(root, kPolicyFile, diagnostics);
    read_draft(root, draft);
  }
  LoadedPolicy loaded;
  if (all_read) {
    if (draft.heads.empty())
      diagnostics.error({texts.empty() ? "policy" : texts.front().file, 1, 1},
                        "no 'policy' section: a policy has a name and a version");
    if (needs_serial && !draft.heads.empty() && !draft.heads.front().serial)
      diagnostics.error(
          draft.heads.front().at,
          "no 'serial': a policy that is signed has one, or an old one could be put back in force");
    RuleSet rules = build_rules(draft, diagnostics);
    rules.identity.digest = policy_digest(texts);
    if (rules.identity.digest.empty())
      diagnostics.error({"policy", 0, 0}, "this host's OpenSSL refuses SHA-256; no digest, no policy");
    if (!diagnostics.has_errors()) loaded.rules = std::make_shared<const RuleSet>(std::move(rules));
  }
  loaded.diagnostics = diagnostics.sorted();
  return loaded;
}

}  // namespace

LoadedPolicy check_policy(const std::vector<PolicyText>& texts) {
  return check_texts(texts, false, {});
}

LoadedPolicy load_policy(const std::vector<std::string>& paths, const FileDemands& demands) {
  Diagnostics diagnostics;
  const std::vector<PolicyText> texts = read_policy_files(paths, demands, diagnostics);
  return check_texts(texts, demands.key != nullptr, std::move(diagnostics));
}

}  // namespace purposewatch
