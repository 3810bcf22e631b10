#include "agent/safeguards/host/matching_files.h"

#include <algorithm>
#include <string_view>

#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/base/glob.h"

namespace purposewatch {
namespace {

constexpr std::size_t kPathsMax = 65'536;

std::vector<std::string> components_of(std::string_view pattern) {
  std::vector<std::string> components;
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    if (end > 0) components.emplace_back(pattern.substr(0, end));
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return components;
}

// What matches one component below a directory.
void step(const HostView& host, const std::string& directory, const std::string& component,
          MatchingFiles& found, std::vector<std::string>& next) {
  const std::string path = host.path(directory.empty() ? "/" : directory);
  if (component.find('*') == std::string::npos) {
    const auto there = is_there(path + "/" + component);
    if (!there) found.unclear.push_back(directory + "/" + component + " cannot be looked at");
    if (there.value_or(false)) next.push_back(directory + "/" + component);
    return;
  }
  const auto names = names_in_directory(path);
  if (!names) {
    // A file among the directories is nothing to go down into, nor is what has gone meanwhile.
    if (is_there(path + "/.").value_or(true))
      found.unclear.push_back((directory.empty() ? "/" : directory) + " cannot be read");
    return;
  }
  for (const std::string& name : *names)
    if (glob_matches(component, name) && (component.front() == '.' || name.front() != '.'))
      next.push_back(directory + "/" + name);
}

void expand(const HostView& host, const std::string& pattern, MatchingFiles& found) {
  if (!pattern.starts_with('/')) {
    found.unclear.push_back("'" + pattern + "' is no absolute path");
    return;
  }
  std::vector<std::string> here = {""};
  for (const std::string& component : components_of(pattern)) {
    std::vector<std::string> next;
    for (const std::string& directory : here) {
      step(host, directory, component, found, next);
      if (next.size() <= kPathsMax) continue;
      found.unclear.push_back("'" + pattern + "' matches too much");
      return;
    }
    here = std::move(next);
  }
  found.paths.insert(found.paths.end(), here.begin(), here.end());
}

}  // namespace

MatchingFiles matching_files(const HostView& host, const std::vector<std::string>& patterns) {
  MatchingFiles found;
  for (const std::string& pattern : patterns) expand(host, pattern, found);
  std::sort(found.paths.begin(), found.paths.end());
  found.paths.erase(std::unique(found.paths.begin(), found.paths.end()), found.paths.end());
  return found;
}

}  // namespace purposewatch
