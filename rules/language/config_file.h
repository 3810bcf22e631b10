// Configuration files that are no policies, but as strictly read: a map of sections, each a map of known
// keys.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/base/result.h"
#include "rules/language/diagnostic.h"
#include "rules/language/nearest.h"
#include "rules/language/node.h"
#include "rules/language/policy.h"

namespace purposewatch {

// Reads one map: each key by its reader, everything else an error.
class SectionReader {
 public:
  SectionReader(std::string name, Diagnostics& diagnostics)
      : name_(std::move(name)), diagnostics_(diagnostics) {}

  struct Key {
    std::string_view name;
    bool is_supported;  // false: of the format, but we cannot do it
  };

  // Calls read(entry) for each supported key that the map has.
  template <class Read>
  void read(const Node& map, std::initializer_list<Key> keys, Read read) {
    if (map.kind == Node::Kind::kNothing) return;
    if (map.kind != Node::Kind::kMap) {
      diagnostics_.error(map.at, name_ + " must be a map");
      return;
    }
    for (const Entry& entry : map.entries) {
      const auto* key =
          std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == entry.key; });
      if (key == keys.end())
        diagnostics_.error(entry.at, "unknown key '" + entry.key + "' in " + name_, hint(entry.key, keys));
      else if (!key->is_supported)
        diagnostics_.error(entry.at, "'" + entry.key + "' of " + name_ + " is not supported by purposewatch");
      else
        read(entry);
    }
  }

 private:
  static std::string hint(const std::string& key, std::initializer_list<Key> keys) {
    std::vector<std::string_view> names;
    for (const Key& known : keys) names.push_back(known.name);
    return did_you_mean(key, names);
  }

  std::string name_;
  Diagnostics& diagnostics_;
};

// The text of an entry; empty, and an error, when it is something else.
std::string text_of(const Entry& entry, Diagnostics& diagnostics);
// As a path; a relative one is meant from the directory of the file that names it.
std::string path_of(const Entry& entry, const std::string& file, Diagnostics& diagnostics);

// The root of the file's YAML. Of a file that holds comments alone, or nothing: a map without keys.
std::optional<Node> read_root(const PolicyText& text, Diagnostics& diagnostics);

// What cannot be read is an error, and never looks like an empty file.
Result<PolicyText> read_config_file(const std::string& path);
// One line for each.
std::string lines_of(const Diagnostics& diagnostics);

// The error's message has one line for each diagnostic. parse(text, diagnostics): nothing when there are any.
template <class Config, class Parse>
Result<Config> load_config(const std::string& path, Parse parse) {
  const auto text = read_config_file(path);
  if (!text) return tl::unexpected(text.error());
  Diagnostics diagnostics;
  std::optional<Config> config = parse(*text, diagnostics);
  if (!config) return fail(lines_of(diagnostics));
  return std::move(*config);
}

}  // namespace purposewatch
