#include "agent/cli/coverage.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "agent/cli/command.h"
#include "agent/cli/progress.h"
#include "rules/base/visible_text.h"
#include "rules/explanation.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

class CoverageWalk {
 public:
  explicit CoverageWalk(const RuleSet& rules) : rules_(rules) {}

  std::vector<CoveredBy> run(const std::string& directory) {
    std::vector<CoveredBy> uncovered;
    if (walk(directory, uncovered)) uncovered = {whole(directory, uncovered)};
    std::erase_if(uncovered, [](const CoveredBy& row) { return row.files == 0; });
    std::vector<CoveredBy> all;
    for (const Key& key : order_) {
      CoveredBy& row = rows_[key];
      row.clients = clients_[key].size();
      all.push_back(row);
    }
    all.insert(all.end(), uncovered.begin(), uncovered.end());
    return all;
  }

 private:
  using Key = std::pair<std::string, std::string>;  // store and pattern, or "" and the exception

  // What is below and covered is put into its row; what is not, into `uncovered`. True when nothing is.
  bool walk(const std::string& path, std::vector<CoveredBy>& uncovered) {
    progress_.tell([&] { return std::to_string(seen_) + " names, in " + visible_text(path); });
    ++seen_;
    std::error_code error;
    const bool is_directory = fs::is_directory(fs::symlink_status(path, error));
    if (take(path, is_directory)) {
      if (is_directory) each_below(path, [&](const std::string& below) { (void)walk(below, uncovered); });
      return false;
    }
    if (!is_directory) {
      uncovered.push_back({.store = {}, .pattern = {}, .excepted = {}, .path = path, .files = 1});
      return true;
    }
    bool is_wholly = true;
    std::vector<CoveredBy> found;
    each_below(path, [&](const std::string& below) {
      std::vector<CoveredBy> mine;
      if (walk(below, mine))
        mine = {whole(below, mine)};
      else
        is_wholly = false;
      found.insert(found.end(), mine.begin(), mine.end());
    });
    found = is_wholly ? std::vector{whole(path, found)} : with_files_together(path, found);
    uncovered.insert(uncovered.end(), found.begin(), found.end());
    return is_wholly;
  }

  // False: nobody's.
  bool take(const std::string& path, bool is_directory) {
    Access access;
    access.path = path;
    const auto match = match_access(rules_, access);
    const std::string excepted = match ? "" : exception_of(rules_, access);
    if (!match && excepted.empty()) return false;
    const Key key = match ? Key{rules_.stores[match->store].name, match->pattern} : Key{"", excepted};
    const auto [row, is_new] = rows_.try_emplace(key);
    if (is_new) {
      order_.push_back(key);
      row->second = {
          .store = key.first, .pattern = match ? key.second : "", .excepted = excepted, .path = path};
    }
    if (!is_directory) ++row->second.files;
    if (match && !match->client.empty()) clients_[key].insert(match->client);
    return true;
  }

  template <class Visit>
  static void each_below(const std::string& directory, const Visit& visit) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
      names.push_back(entry->path().string());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) visit(name);
  }

  // The single files of a directory are one row.
  static std::vector<CoveredBy> with_files_together(const std::string& directory,
                                                    const std::vector<CoveredBy>& rows) {
    const auto is_file_here = [&](const CoveredBy& row) {
      std::error_code error;
      return fs::path(row.path).parent_path() == directory &&
             !fs::is_directory(fs::symlink_status(row.path, error));
    };
    std::vector<CoveredBy> files, others;
    std::partition_copy(rows.begin(), rows.end(), std::back_inserter(files), std::back_inserter(others),
                        is_file_here);
    if (files.size() > 1) files = {whole(directory + "/*", files)};
    files.insert(files.end(), others.begin(), others.end());
    return files;
  }

  static CoveredBy whole(const std::string& path, const std::vector<CoveredBy>& parts) {
    CoveredBy row{.store = {}, .pattern = {}, .excepted = {}, .path = path};
    for (const CoveredBy& part : parts) row.files += part.files;
    return row;
  }

  const RuleSet& rules_;
  std::map<Key, CoveredBy> rows_;
  std::map<Key, std::set<std::string>> clients_;
  std::vector<Key> order_;
  std::uint64_t seen_ = 0;
  Progress progress_;
};

bool is_covered(const CoveredBy& row) {
  return !row.store.empty() || !row.excepted.empty();
}

std::string as_text(const std::vector<CoveredBy>& rows, bool color) {
  Table table(color);
  table.add_column("STORE");
  table.add_column("BY");
  table.add_column("FILES", Table::Align::kRight);
  table.add_column("CLIENTS", Table::Align::kRight);
  table.add_column("AS IN");
  for (const CoveredBy& row : rows) {
    const bool is_stores = !row.store.empty();
    table.add_row({is_stores ? Table::Cell{row.store, Style::kStrong}
                             : Table::Cell{row.excepted.empty() ? "nobody's" : "excepted",
                                           row.excepted.empty() ? Style::kWarning : Style::kFaint},
                   {is_stores              ? row.pattern
                    : row.excepted.empty() ? "-"
                                           : row.excepted},
                   {std::to_string(row.files)},
                   {is_stores ? std::to_string(row.clients) : "-"},
                   {row.path}});
  }
  return table.text();
}

}  // namespace

std::vector<CoveredBy> coverage_of(const RuleSet& rules, const std::string& directory) {
  return CoverageWalk(rules).run(directory);
}

int show_coverage(const RuleSet& rules, const std::string& directory, const OutputOptions& output) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    return complain("explain", directory + " is no directory", kWrongUsage);
  const auto rows = coverage_of(rules, directory);
  if (output.json()) {
    auto json = nlohmann::ordered_json::array();
    for (const CoveredBy& row : rows)
      json.push_back({{"store", row.store},
                      {"pattern", row.pattern},
                      {"excepted", row.excepted},
                      {"path", visible_text(row.path)},
                      {"files", row.files},
                      {"clients", row.clients}});
    std::cout << json_text(json);
  } else {
    std::cout << as_text(rows, wants_color(output));
  }
  return std::all_of(rows.begin(), rows.end(), is_covered) ? kFine : kAnswerIsNo;
}

}  // namespace purposewatch
