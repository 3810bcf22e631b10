#include <algorithm>
#include <unordered_set>

#include "rules/language/check_rules.h"
#include "rules/language/path_pattern.h"

namespace purposewatch {
namespace {

// what: "a program", "a script".
std::vector<std::string> read_files(const std::vector<Word>& words, const char* what,
                                    Diagnostics& diagnostics) {
  std::vector<std::string> files;
  std::unordered_set<std::string> seen;
  for (const Word& word : words) {
    if (word.text.empty() || word.text.front() != '/') continue;  // check_shape has said so
    const auto path = parse_path_pattern(word.text, word.at);
    if (!path)
      diagnostics.error(word.at, "'" + word.text + "' " + path.error());
    else if (!is_literal(*path))
      diagnostics.error(word.at, "'" + word.text + "' is a pattern; " + what + " is one file");
    else if (!seen.insert(word.text).second)
      diagnostics.error(word.at, "'" + word.text + "' is listed twice");
    else
      files.push_back(word.text);
  }
  return files;
}

Service read_service(const ServiceDraft& draft, Diagnostics& diagnostics) {
  if (draft.is_anybody)
    diagnostics.error(draft.name.at, "service '" + draft.name.text +
                                         "' would be anybody; it needs exe, user, group, unit or owner");
  if (draft.exe.empty() && !draft.script.empty())
    diagnostics.error(draft.script.front().at, "'script' needs 'exe': the interpreter that runs it");
  return {.name = draft.name.text,
          .exe = read_files(draft.exe, "a program", diagnostics),
          .script = read_files(draft.script, "a script", diagnostics),
          .user = draft.user ? std::optional(draft.user->text) : std::nullopt,
          .group = draft.group ? std::optional(draft.group->text) : std::nullopt,
          .unit = draft.unit ? std::optional(draft.unit->text) : std::nullopt,
          .owner = draft.owner,
          .parents = {},
          .at = draft.name.at};
}

void read_parents(const ServiceDraft& draft, std::size_t own, const RuleNames& names, RuleSet& rules,
                  Diagnostics& diagnostics) {
  constexpr std::size_t kParentsMax = 100;
  std::vector<std::size_t>& parents = rules.services[own].parents;
  for (const Word& word : draft.parents) {
    if (parents.size() == kParentsMax)
      return diagnostics.error(word.at, "more than " + std::to_string(kParentsMax) + " parents");
    const auto parent = names.services.resolve(word, diagnostics);
    if (!parent) continue;
    if (*parent == own)
      diagnostics.error(word.at, "service '" + word.text + "' cannot be its own parent");
    else if (rules.services[*parent].exe.empty())
      diagnostics.error(
          word.at, "service '" + word.text + "' has no exe: nobody could tell that it started something");
    else if (std::find(parents.begin(), parents.end(), *parent) != parents.end())
      diagnostics.error(word.at, "'" + word.text + "' is listed twice");
    else
      parents.push_back(*parent);
  }
}

// Finds services that would have to be above themselves. Depth first with a stack of its own: a policy may
// name thousands in one chain.
class CircleSearch {
 public:
  CircleSearch(const std::vector<const ServiceDraft*>& drafts, const RuleSet& rules, Diagnostics& diagnostics)
      : drafts_(drafts), rules_(rules), diagnostics_(diagnostics), states_(rules.services.size(), kNew) {}

  void run() {
    for (std::size_t service = 0; service < states_.size(); ++service) {
      if (states_[service] == kNew) enter(service);
      while (!way_.empty()) go_on();
    }
  }

 private:
  enum State : std::uint8_t { kNew, kOnTheWay, kDone };
  struct Step {
    std::size_t service;
    std::size_t next;  // parent to look at
  };

  void enter(std::size_t service) {
    states_[service] = kOnTheWay;
    way_.push_back({service, 0});
  }

  void go_on() {
    Step& step = way_.back();
    const auto& parents = rules_.services[step.service].parents;
    if (step.next == parents.size()) {
      states_[step.service] = kDone;
      way_.pop_back();
      return;
    }
    const std::size_t parent = parents[step.next++];
    if (states_[parent] == kOnTheWay) tell(step.service, parent);
    if (states_[parent] == kNew) enter(parent);
  }

  void tell(std::size_t service, std::size_t parent) {
    if (diagnostics_.is_full()) return;
    const std::string& name = rules_.services[parent].name;
    for (const Word& word : drafts_[service]->parents)
      if (word.text == name)
        diagnostics_.error(word.at, "a circle of parents: '" + name +
                                        "' would have to be started by something that "
                                        "it started itself");
  }

  const std::vector<const ServiceDraft*>& drafts_;  // by index of the service
  const RuleSet& rules_;
  Diagnostics& diagnostics_;
  std::vector<State> states_;
  std::vector<Step> way_;
};

}  // namespace

void check_services(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics) {
  std::vector<const ServiceDraft*> drafts;
  for (const ServiceDraft& one : draft.services) {
    if (!names.services.add(one.name, diagnostics)) continue;
    drafts.push_back(&one);
    rules.services.push_back(read_service(one, diagnostics));
  }
  for (std::size_t i = 0; i < drafts.size(); ++i) read_parents(*drafts[i], i, names, rules, diagnostics);
  CircleSearch(drafts, rules, diagnostics).run();
}

}  // namespace purposewatch
