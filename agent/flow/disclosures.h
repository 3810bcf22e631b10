// What a way out of a process means: one access for each store whose data it carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/kernel/decode.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/tables.h"
#include "rules/language/rule_set.h"
#include "rules/model/access.h"
#include "rules/model/subject.h"

namespace purposewatch {

class Disclosures {
 public:
  // Who serves a socket, by its inode's number; null: nobody is found. Takes milliseconds.
  using FindServer = std::function<std::shared_ptr<const Subject>(std::uint64_t socket)>;

  Disclosures(const PolicyTables& tables, const Marks& marks, FindServer find_server)
      : tables_(tables), marks_(marks), find_server_(std::move(find_server)) {}

  // `record` has an outlet. At most as many as accesses_in(record): whose data it is may not be known any
  // more.
  std::vector<Access> of(const AccessRecord& record, const Subject& subject, const RuleSet& rules);

  enum class Place {
    kOutside,   // of all stores: a way out
    kNameless,  // a pipe, or a file of no file system: what is in there is handed on, and has not gone
                // anywhere yet
    kInStore,
  };
  Place place_of(const AccessRecord& record, const RuleSet& rules) const;

  // That somebody has read a store which the kernel could not tell.
  void remember(const Subject& subject, const std::string& store);
  // Whose data it was that somebody has read there.
  void remember_client(const Subject& subject, const std::string& store, const std::string& client);

 private:
  using Process = std::pair<std::uint32_t, std::uint64_t>;  // pid and start
  static constexpr std::size_t kProcessesMax = 4096, kServersMax = 1024;
  // Whoever makes sockets as fast as he can must not keep the agent from its work: of more, nobody is known.
  static constexpr unsigned kSearchesMax = 20;  // in a second

  Disclosure way_of(const AccessRecord& record);
  std::shared_ptr<const Subject> server_of(std::uint64_t socket, std::uint64_t now_boot_ns);
  // What it has read, or else the nearest above it that has read some.
  std::set<std::string> remembered(const Subject& subject) const;
  // Likewise, the one client whose data that is known to have been.
  std::optional<std::string> only_client(const Subject& subject, const std::string& store) const;

  const PolicyTables& tables_;
  const Marks& marks_;
  FindServer find_server_;
  std::map<std::uint64_t, std::shared_ptr<const Subject>> servers_;  // by socket
  std::uint64_t searches_second_ = 0;
  unsigned searches_ = 0;  // in it
  std::map<Process, std::set<std::string>> unsure_;
  std::map<std::pair<Process, std::string>, std::string> clients_;  // by store; empty: of several
};

}  // namespace purposewatch
