#include "tests/bpf/random_policy.h"

#include <algorithm>
#include <array>

#include "rules/language/overlap.h"
#include "rules/language/path_pattern.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

// Names around the edge of what a key holds (39 bytes), some alike up to there.
const std::string kLong39(39, 'n');
const std::string kLong40 = kLong39 + "x", kOtherLong40 = kLong39 + "y";
const std::string kLong255 = std::string(254, 'm') + "z";

const std::vector<std::string> kLiterals = {"a",     "b",     "ab",    "mail",          "srv",
                                            "a",     "b",     "ab",    "dovecot.index", "aXb",
                                            kLong39, kLong40, kLong40, kOtherLong40,    kLong255};
const std::vector<std::string> kWild = {"*", "{client}", "{client}", "{domain}"};
const std::vector<std::string> kGlobs = {"a*",
                                         "*b",
                                         "a*b",
                                         "ab*b",  // which "ab" does not match
                                         "m*l",
                                         "dovecot.index*",
                                         "*.lock",
                                         "a*b*",  // the kernel compares one star, and parts of 24 bytes
                                         "nnnnnnnnnnnnnnnnnnnnnnnn*",
                                         "*nnnnnnnnnnnnnnnnnnnnnnnx",
                                         "nnnnnnnnnnnnnnnnnnnnnnnnn*x"};
// Only in accesses: what file systems allow besides.
const std::vector<std::string> kHostile = {"\xff\n\x1b[31m", "*", "{client}", "a*", "c", "aa", "bb",
                                           kLong39 + "xx",   "m", "ml"};

std::string random_component(Dice& dice) {
  const std::size_t kind = dice.below(10);
  if (kind < 5) return dice.pick(kLiterals);
  return kind < 8 ? dice.pick(kWild) : dice.pick(kGlobs);
}

std::string random_pattern(Dice& dice) {
  std::string text;
  const std::size_t depth = dice.between(1, 5);
  for (std::size_t i = 0; i < depth; ++i) text += "/" + random_component(dice);
  return text;
}

struct StoreText {
  std::vector<PathPattern> paths, except, sockets;
};

bool meets_any(const PathPattern& pattern, const std::vector<PathPattern>& others) {
  return std::any_of(others.begin(), others.end(),
                     [&](const PathPattern& other) { return patterns_meet(pattern, other); });
}

// Adds the path unless it cannot be told from another store's; the outer store excepts the inner one's path.
void add_path(Dice& dice, std::vector<StoreText>& stores, std::size_t index, const PathPattern& path) {
  if (meets_any(path, stores[index].paths) && dice.chance(50)) return;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    if (i == index || !meets_any(path, stores[i].paths)) continue;
    if (meets_any(path, stores[i].except)) continue;
    if (std::any_of(stores[i].paths.begin(), stores[i].paths.end(),
                    [&](const PathPattern& other) { return pattern_covers_all_of(path, other); }))
      return;
    stores[i].except.push_back(path);
  }
  stores[index].paths.push_back(path);
}

void add_exception(Dice& dice, StoreText& store) {
  if (store.paths.empty()) return;
  std::string text = dice.pick(store.paths).text;
  const std::size_t deeper = dice.between(1, 2);
  for (std::size_t i = 0; i < deeper; ++i) text += "/" + random_component(dice);
  if (auto except = parse_path_pattern(text, {})) store.except.push_back(*except);
}

// Of one store alone, so that no other's can meet them.
void add_sockets(Dice& dice, StoreText& store) {
  for (std::size_t left = dice.between(1, 3); left > 0; --left)
    if (auto socket = parse_path_pattern(random_pattern(dice), {});
        socket && !meets_any(*socket, store.sockets))
      store.sockets.push_back(*socket);
}

std::string list_of(const std::vector<PathPattern>& patterns) {
  std::string text;
  for (const PathPattern& pattern : patterns) text += (text.empty() ? "\"" : ", \"") + pattern.text + "\"";
  return "[" + text + "]";
}

std::string stores_text(Dice& dice, std::vector<std::string>& names) {
  std::vector<StoreText> stores(dice.between(1, 5));
  for (std::size_t i = 0; i < stores.size(); ++i) {
    const std::size_t paths = dice.between(1, 4);
    for (std::size_t j = 0; j < paths; ++j)
      if (auto path = parse_path_pattern(random_pattern(dice), {})) add_path(dice, stores, i, *path);
    if (dice.chance(40)) add_exception(dice, stores[i]);
  }
  if (dice.chance(50)) add_sockets(dice, stores[dice.below(stores.size())]);
  std::string text = "stores:\n";
  for (std::size_t i = 0; i < stores.size(); ++i) {
    if (stores[i].paths.empty()) continue;
    names.push_back("store-" + std::to_string(i));
    text += "  " + names.back() + ": {class: " + (dice.chance(25) ? "open" : "mail") +
            ", paths: " + list_of(stores[i].paths) + ", except: " + list_of(stores[i].except) +
            ", sockets: " + list_of(stores[i].sockets) + "}\n";
  }
  return text;
}

const std::array<const char*, 8> kUsers = {"root", "mail",  "www-data",          "1000",
                                           "0",    "00001", "no-such-user-here", "4294967295"};
const std::array<const char*, 5> kUnitPatterns = {"dovecot.service", "dovecot*.service", "*.service",
                                                  "backup@*.service", "cron.service"};

std::string services_text(Dice& dice, std::vector<std::string>& names) {
  // More than a task's row holds, at times.
  const std::size_t count = dice.chance(10) ? dice.between(9, 14) : dice.between(1, 6);
  std::string text = "services:\n";
  for (std::size_t i = 0; i < count; ++i) {
    std::string conditions;
    const auto add = [&](const std::string& condition) {
      conditions += (conditions.empty() ? "" : ", ") + condition;
    };
    if (dice.chance(70)) {
      const std::size_t first = dice.below(program_paths().size());
      std::string exe = program_paths()[first];
      if (dice.chance(30)) exe += ", " + program_paths()[(first + 1) % program_paths().size()];
      add("exe: [" + exe + "]");
      if (dice.chance(25)) add("script: " + dice.pick(script_paths()));
      // Only upward, so that there is no circle; one without an executable is refused, and the dice fall
      // anew.
      if (i > 0 && dice.chance(20)) add("parent: " + names[dice.below(i)]);
    }
    if (dice.chance(40)) add(std::string("user: \"") + dice.pick(kUsers) + "\"");
    if (dice.chance(6)) add(std::string("group: \"") + dice.pick(kUsers) + "\"");
    if (dice.chance(30)) add(std::string("unit: \"") + dice.pick(kUnitPatterns) + "\"");
    if (dice.chance(25) || conditions.empty()) add("owner: true");
    names.push_back("service-" + std::to_string(i));
    text += "  " + names.back() + ": {" + conditions + "}\n";
  }
  return text;
}

std::string kinds_text(Dice& dice, std::uint32_t kinds) {
  std::string text;
  for (std::size_t kind = 0; kind < kAccessKindCount; ++kind)
    if (kinds >> kind & 1)
      text += (text.empty() ? "" : ", ") + std::string(name_of(static_cast<AccessKind>(kind)));
  return text.empty() ? kinds_text(dice, 1U << dice.below(kAccessKindCount)) : text;
}

// The hours of a policy's permits: short and long, over midnight, of some days.
const std::vector<std::string> kWindows = {"02:00-05:00 UTC", "mon-fri 22:00-06:00 Europe/Berlin",
                                           "sat,sun 00:00-24:00 UTC", "12:00-12:01 America/New_York"};

std::string window_text(Dice& dice) {
  if (!dice.chance(15)) return "";
  std::string text = dice.pick(kWindows);
  if (dice.chance(30)) text += "\", \"" + dice.pick(kWindows);
  return ", window: [\"" + text + "\"]";
}

std::string permits_text(Dice& dice, const std::vector<std::string>& services,
                         const std::vector<std::string>& stores) {
  std::string text = "permits:\n";
  for (const std::string& service : services)
    for (const std::string& store : stores) {
      if (!dice.chance(45)) continue;
      // At times two permits share the kinds between them.
      const auto kinds = static_cast<std::uint32_t>(dice.between(1, 0x7ff));
      const bool is_split = dice.chance(30);
      const auto first = is_split ? kinds & 0x155U : kinds;
      const auto row = [&](std::uint32_t of, const char* purpose) {
        text += "  - {service: " + service + ", store: " + store + ", access: [" + kinds_text(dice, of) +
                "], purpose: " + purpose + window_text(dice) + "}\n";
      };
      if (first != 0) row(first, "serve");
      if (is_split && (kinds & 0x2aaU) != 0) row(kinds & 0x2aaU, "keep");
    }
  return text == "permits:\n" ? "" : text;
}

std::string random_name(Dice& dice) {
  return dice.chance(50) ? dice.pick(kLiterals) : dice.pick(kHostile);
}

std::string name_for(Dice& dice, const PathComponent& component) {
  if (dice.chance(6)) return random_name(dice);
  switch (component.kind) {
    case PathComponent::Kind::kLiteral:
      return component.text;
    case PathComponent::Kind::kAny:
    case PathComponent::Kind::kCapture:
      return random_name(dice);
    case PathComponent::Kind::kGlob:
      break;
  }
  std::string name;
  for (char byte : component.text)
    if (byte != '*')
      name += byte;
    else if (dice.chance(60))
      name += dice.pick(kHostile);
  if (dice.chance(10)) name.pop_back();
  if (name.empty() || name.size() > 255) return "a";
  return name;
}

}  // namespace

const std::vector<std::string>& program_paths() {
  static const std::vector<std::string> paths = {"/usr/bin/one", "/usr/bin/two", "/usr/bin/three",
                                                 "/usr/bin/four"};
  return paths;
}

const std::vector<std::string>& script_paths() {
  static const std::vector<std::string> paths = {"/srv/one.py", "/srv/two.sh"};
  return paths;
}

const std::vector<std::uint32_t>& user_ids() {
  static const std::vector<std::uint32_t> ids = {0, 1, 8, 33, 1000, 4294967295U};
  return ids;
}

const std::vector<std::string>& unit_names() {
  static const std::vector<std::string> names = {"", "dovecot.service", "dovecot-auth.service",
                                                 "backup@mail.service", "session-1.scope"};
  return names;
}

std::shared_ptr<const RuleSet> random_policy(Dice& dice, std::string* text) {
  for (;;) {
    std::vector<std::string> stores, services;
    std::string yaml =
        "policy: {name: dice, version: 1}\n"
        "classes: {mail: {clause: P2}, open: {clause: P5, public: true}}\n"
        "purposes:\n"
        "  serve: {clause: P4, classes: [mail, open]}\n"
        "  keep: {clause: P3, classes: all}\n";
    yaml += stores_text(dice, stores);
    yaml += services_text(dice, services);
    if (stores.empty()) continue;
    yaml += permits_text(dice, services, stores);
    const LoadedPolicy loaded = check_policy({{"dice.yaml", yaml}});
    if (!loaded.rules) continue;
    if (text != nullptr) *text = yaml;
    return loaded.rules;
  }
}

std::vector<std::string> random_path(Dice& dice, const RuleSet& rules) {
  const Store& store = dice.pick(rules.stores);
  const bool from_exception = !store.except.empty() && dice.chance(40);
  const bool is_socket = !store.sockets.empty() && dice.chance(50);
  const PathPattern& pattern = dice.pick(is_socket        ? store.sockets
                                         : from_exception ? store.except
                                                          : store.paths);
  std::vector<std::string> components;
  for (const PathComponent& component : pattern.components) components.push_back(name_for(dice, component));
  if (dice.chance(10)) components.pop_back();
  const std::size_t below = dice.below(4);
  for (std::size_t i = 0; i < below; ++i) components.push_back(random_name(dice));
  if (components.empty()) components.push_back("a");
  return components;
}

std::string joined(const std::vector<std::string>& components) {
  std::string path;
  for (const std::string& component : components) path += "/" + component;
  return path;
}

}  // namespace purposewatch
