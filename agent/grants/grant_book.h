// All grants of this host: gives them, ends them, remembers them over restarts. For the event loop's thread
// alone.
//
//   DIRECTORY/ID.json   one file for each (grant_json.h), mode 0600; written whole and synced before the
//   grant counts
//
// A grant ends by the boot clock. After a reboot it goes on for what the wall clock says is left of it, never
// for longer than it was given for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/grants/grant_json.h"
#include "rules/base/result.h"
#include "rules/grants.h"
#include "rules/language/grant_request.h"
#include "rules/model/grant_event.h"
#include "rules/model/health.h"

namespace purposewatch {

class GrantBook {
 public:
  struct Clocks {
    std::int64_t wall_ns = 0;   // nanoseconds since the epoch
    std::uint64_t boot_ns = 0;  // nanoseconds of boot time
  };
  struct Surroundings {
    std::string directory;  // made, with mode 0700, when it is not there
    std::string boot_id;
    std::function<Clocks()> clocks;
    std::function<bool(const std::string&)> is_user;
    std::function<void(const GrantEvent&)> tell;  // records it; policy and host are its own to add
  };

  // With what an earlier agent has left. Files that are no grants are logged and left alone.
  static Result<std::unique_ptr<GrantBook>> open(Surroundings surroundings);

  // On success it is in force, and will be after a restart. Refusals are told, too.
  tl::expected<Grant, std::vector<std::string>> give(const RuleSet& rules, const GrantRequest& request,
                                                     const std::string& requested_by,
                                                     const std::string& source = "");
  // Tells of one that could not even be read; as far as it could.
  void refused(const GrantRequest& request, const std::string& by, const std::vector<std::string>& why) const;
  // At once, and for good.
  Result<Grant> revoke(const std::string& id, const std::string& by);
  // Of a break-glass grant: by somebody else than who asked for it.
  Result<Grant> review(const std::string& id, const std::string& by);

  // What was dropped as a file: is it known, ended or not? When the file is gone, it ends, and is.
  bool has_source(const std::string& source) const;
  std::vector<std::string> sources() const;
  void source_is_gone(const std::string& source);

  // Tells which have expired since, and forgets what ended long ago. Call it from time to time.
  void end_what_is_due();

  // For judge: those that hold, and those that ended lately. Changes as a whole.
  // Thread-safe.
  std::shared_ptr<const Grants> current() const { return current_.load(); }
  // By purpose: of every one of the policy that requires a grant, and of those that have some. Thread-safe.
  std::vector<GrantCount> counts(const RuleSet& rules) const;
  const std::vector<StoredGrant>& all() const { return entries_; }
  Clocks now() const { return around_.clocks(); }

 private:
  explicit GrantBook(Surroundings surroundings) : around_(std::move(surroundings)) {}
  void load();
  void load_one(const std::string& path);
  StoredGrant* find(const std::string& id);
  Result<void> keep(const StoredGrant& entry) const;
  void publish();
  void tell(GrantChange change, const Grant& grant, const std::string& by, const std::string& why = "") const;
  std::string path_of(const std::string& id) const { return around_.directory + "/" + id + ".json"; }

  Surroundings around_;
  std::vector<StoredGrant> entries_;
  std::atomic<std::shared_ptr<const Grants>> current_ = std::make_shared<const Grants>();
};

}  // namespace purposewatch
