#include "rules/language/policy.h"

#include <algorithm>

#include "rules/language/check_rules.h"
#include "rules/language/digest.h"
#include "rules/language/read_files.h"
#include "rules/language/read_yaml.h"
#include "rules/language/shape.h"

namespace purposewatch {
namespace {

LoadedPolicy check_texts(const std::vector<PolicyText>& texts, Diagnostics diagnostics) {
  PolicyDraft draft;
  // References can only be judged when every file could be read.
  bool all_read = !diagnostics.has_errors();
  for (const PolicyText& text : texts) {
    const auto root = read_yaml(text, diagnostics);
    all_read = all_read && root;
    if (!root) continue;
    check_shape(*root, kPolicyFile, diagnostics);
    read_draft(*root, draft);
  }
  LoadedPolicy loaded;
  if (all_read) {
    if (draft.heads.empty())
      diagnostics.error({texts.empty() ? "policy" : texts.front().file, 0, 0},
                        "no 'policy' section: a policy has a name and a version");
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
  return check_texts(texts, {});
}

LoadedPolicy load_policy(const std::vector<std::string>& paths) {
  Diagnostics diagnostics;
  const std::vector<PolicyText> texts = read_policy_files(paths, diagnostics);
  return check_texts(texts, std::move(diagnostics));
}

}  // namespace purposewatch
