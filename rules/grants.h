// All grants at one moment, those that have ended lately too: immutable, searched by judge.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/model/grant.h"
#include "rules/model/verdict.h"

namespace purposewatch {

class Grants {
 public:
  Grants() = default;
  explicit Grants(std::vector<Grant> grants);

  // What somebody asks for.
  struct Wanted {
    std::string_view store, client;
    AccessKind kind = AccessKind::kRead;
    std::uint64_t boot_ns = 0;  // of the access
  };
  // A grant that covers it (kNone), or else the one that comes nearest, and what is wrong with it:
  // kOutsideGrant of one that holds, kGrantEnded of one that does not any more. Null: there is none for this
  // store.
  struct Found {
    const Grant* grant = nullptr;
    Reason reason = Reason::kUnknownService;
  };
  Found for_user(const std::string& user, const Wanted& wanted) const;
  Found for_service(const std::string& service, const Wanted& wanted) const;

  const std::vector<Grant>& all() const { return grants_; }

 private:
  Found find(const std::string& key, const Wanted& wanted) const;

  std::vector<Grant> grants_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_holder_and_store_;
};

}  // namespace purposewatch
