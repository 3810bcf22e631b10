#include "agent/cli/missing_here.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "rules/path_match.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamesMax = 100'000;

bool is_here(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(fs::symlink_status(path, unknown));
}

// Depth first, to the first that matches.
class PatternSearch {
 public:
  explicit PatternSearch(const PathPattern& pattern) : components_(pattern.components) {}
  bool finds_any() { return finds_below("/", 0); }

 private:
  bool finds_below(const fs::path& directory, std::size_t depth) {
    if (depth == components_.size()) return true;
    const PathComponent& component = components_[depth];
    if (component.kind == PathComponent::Kind::kLiteral) {
      const fs::path next = directory / component.text;
      return is_here(next) && finds_below(next, depth + 1);
    }
    std::error_code refused;
    for (fs::directory_iterator entry(directory, refused), end; !refused && entry != end;
         entry.increment(refused)) {
      if (++names_ > kNamesMax) return true;
      if (component_matches(component, entry->path().filename().string()) &&
          finds_below(entry->path(), depth + 1))
        return true;
    }
    return false;
  }

  const std::vector<PathComponent>& components_;
  std::size_t names_ = 0;
};

Diagnostic warning(const Position& at, std::string message) {
  return {Diagnostic::Severity::kWarning, at, std::move(message), {}};
}

}  // namespace

std::vector<Diagnostic> missing_here(const RuleSet& rules) {
  std::vector<Diagnostic> warnings;
  for (const Store& store : rules.stores) {
    std::vector<std::string> missing;
    for (const PathPattern& pattern : store.paths)
      if (!PatternSearch(pattern).finds_any()) missing.push_back(pattern.text);
    if (!missing.empty())
      warnings.push_back(warning(store.at, fmt::format("store '{}': nothing on this host is at {}",
                                                       store.name, fmt::join(missing, ", "))));
  }
  for (const Service& service : rules.services) {
    std::vector<std::string> missing;
    for (const auto* files : {&service.exe, &service.script})
      std::copy_if(files->begin(), files->end(), std::back_inserter(missing),
                   [](auto& path) { return !is_here(path); });
    if (!missing.empty())
      warnings.push_back(warning(service.at, fmt::format("service '{}': this host has no {}", service.name,
                                                         fmt::join(missing, ", "))));
  }
  return warnings;
}

}  // namespace purposewatch
