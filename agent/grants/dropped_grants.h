// Grants that another system, of tickets or billing, drops as files into a directory:
//
//   DIRECTORY/NAME.yaml   rules/language/grant_request.h, with `requested-by`; of this user or root, writable
//   by nobody else
//
// A file that appears is a grant from then on, once: it does not begin again with the agent, nor when it has
// ended. A file that is changed is another one; when one is removed, its grant ends. What is wrong with a
// file is told once.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "agent/grants/grant_book.h"
#include "rules/base/descriptor.h"

namespace purposewatch {

class DroppedGrants {
 public:
  // The directory need not be there yet. The book must outlive this.
  DroppedGrants(std::string directory, GrantBook& book,
                std::function<std::shared_ptr<const RuleSet>()> rules);

  // Readable when something may have changed there: then scan. -1: nothing tells of changes (yet).
  int watch_descriptor() const { return watch_.get(); }
  // Looks at all of the directory. From time to time also without being told: it may have been made since.
  // Gives so many at once as a moment allows, for each is synced to the disk; call it again when it is
  // behind.
  void scan();
  bool is_behind() const { return is_behind_; }

 private:
  void watch();
  void take(const std::string& name, std::set<std::string>& sources);

  std::string directory_;
  GrantBook& book_;
  std::function<std::shared_ptr<const RuleSet>()> rules_;
  Descriptor watch_;
  bool is_watched_ = false, is_behind_ = false;
  std::size_t given_ = 0;          // by this scan
  std::set<std::string> refused_;  // sources
};

}  // namespace purposewatch
