#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/open_to_others.h"
#include "agent/safeguards/host/store_mounts.h"
#include "agent/storage/store_roots.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

// Of directories and files in all; a host may have tens of thousands of clients.
constexpr std::size_t kLooksMax = 100'000;

// As the policy has it: "{client}".
std::string text_of(const PathComponent& component) {
  if (component.kind == PathComponent::Kind::kCapture) return "{" + component.text + "}";
  return component.kind == PathComponent::Kind::kAny ? "*" : component.text;
}

class Permissions {
 public:
  explicit Permissions(const HostView& host) : host_(host) {}

  void look_at(const Store& store) {
    if (store.paths.empty() && store.sockets.empty()) return;
    ++stores_;
    const std::size_t before = found_;
    // What is public may be read by everybody.
    for (const PathPattern& pattern : store.paths)
      look_at(pattern, store, store.is_public ? kMayWrite : kMayAnything);
    // Whoever may write to a socket may connect to it (unix(7)).
    for (const PathPattern& pattern : store.sockets) look_at(pattern, store, kMayWrite);
    if (found_ == before && !store.paths.empty()) absent_.push_back(store.name);
  }

  SafeguardResult result() const {
    if (!open_.empty())
      return is_violated(
          some_of(open_),
          "Take the right away: chmod o= PATH; for what an ACL gives, setfacl -b PATH, after a "
          "look with getfacl PATH. A directory that everybody may write to: chmod +t PATH. Which clients' "
          "they "
          "are: ls -ld PATH, with * in the place of {...}.");
    if (stores_ == 0) return is_unknown("no store has a path", "Name stores with `paths` or `sockets`.");
    if (looks_ >= kLooksMax)
      return is_unknown(fmt::format("too much to look at: more than {} names", kLooksMax),
                        "Close the directory above to others, so that what is below need not be looked at.");
    if (!unclear_.empty())
      return is_unknown(
          "cannot be looked at: " + some_of(unclear_),
          "What is mounted there? findmnt --target PATH; the agent reads it as root of this host.");
    if (!absent_.empty())
      return is_unknown("nothing is there of " + some_of(absent_),
                        "Is it mounted? Otherwise take the store, or its paths, out of the policy.");
    return is_ok(fmt::format("{} stores, open to owners and their groups alone", stores_));
  }

 private:
  void look_at(const PathPattern& pattern, const Store& store, unsigned rights) {
    const std::string fixed = without_links(host_, root_of(pattern));
    const WayThere way = way_to(host_, fixed);
    if (!way.is_shut && !way.writable.empty()) add_free_for_all(way.writable, store);
    std::size_t next = 0;
    while (next < pattern.components.size() && pattern.components[next].kind == PathComponent::Kind::kLiteral)
      ++next;
    descend({pattern, store, rights}, {fixed, fixed}, next, way.is_shut);
  }

  struct Task {
    const PathPattern& pattern;
    const Store& store;
    unsigned rights;
  };

  void add_free_for_all(const std::string& directory, const Store& store) {
    open_.push_back(fmt::format("{} ({}): everybody may exchange what is in it", directory, store.name));
  }

  static bool is_excepted(const Store& store, const std::string& path) {
    return std::any_of(store.except.begin(), store.except.end(),
                       [&](const PathPattern& pattern) { return pattern_covers(pattern, path); });
  }

  // shown: as the pattern has it, for what is told reaches places that no erasure does.
  struct Place {
    std::string path, shown;
  };

  // Below a place, the pattern's components from `next` on are still to come. A pattern has few of them.
  void descend(const Task& task, const Place& place, std::size_t next, bool is_shut) {
    if (looks_ >= kLooksMax) return;
    ++looks_;
    const bool is_last = next == task.pattern.components.size();
    const auto others = others_at(host_, place.path, is_last ? task.rights : kMayPass);
    if (!others) {
      // What cannot be looked at may be anything.
      if (!is_there(host_.path(place.path))) unclear_.push_back(place.shown + " (" + task.store.name + ")");
      return;
    }
    ++found_;
    if (is_shut || others->empty() || is_excepted(task.store, place.path)) return;
    if (is_last)
      return open_.push_back(
          fmt::format("{} ({}) is open to {}", place.shown, task.store.name, some_of(*others)));
    if (is_free_for_all(host_, place.path)) add_free_for_all(place.shown, task.store);
    std::error_code error;
    const PathComponent& component = task.pattern.components[next];
    const auto inside = [&](const std::string& name) {
      const auto below = [](const std::string& path) { return path == "/" ? path : path + "/"; };
      return Place{below(place.path) + name, below(place.shown) + text_of(component)};
    };
    if (component.kind == PathComponent::Kind::kLiteral)
      return descend(task, inside(component.text), next + 1, false);
    const auto names = names_in_directory(host_.path(place.path));
    if (!names && std::filesystem::is_directory(host_.path(place.path), error))
      unclear_.push_back(place.shown + " (" + task.store.name + ")");
    // Where a client's link leads is no place of the store.
    for (const std::string& name : names.value_or(std::vector<std::string>()))
      if (component_matches(component, name) &&
          !std::filesystem::is_symlink(host_.path(inside(name).path), error))
        descend(task, inside(name), next + 1, false);
  }

  const HostView& host_;
  std::size_t stores_ = 0, looks_ = 0, found_ = 0;
  std::vector<std::string> open_, unclear_, absent_;
};

}  // namespace

SafeguardResult check_store_permissions(const Safeguard& promised, const HostView& host) {
  Permissions permissions(host);
  for (const std::size_t index : promised.stores) permissions.look_at(host.rules->stores[index]);
  return permissions.result();
}

}  // namespace purposewatch
