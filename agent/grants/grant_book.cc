#include "agent/grants/grant_book.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>

#include "agent/files/whole_file.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

// What has ended explains findings for a day.
constexpr std::uint64_t kRememberedNs = 24ULL * 3600 * 1'000'000'000;
constexpr std::size_t kGrantsMax = 20'000;

Result<std::string> new_id() {
  std::uint8_t bytes[6];
  if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
    return fail(fmt::format("no randomness for a name: {}", std::strerror(errno)));
  return fmt::format("g-{:02x}", fmt::join(bytes, ""));
}

// By the clocks of this boot, of a grant of an earlier one.
void rebase(Grant& grant, const GrantBook::Clocks& now) {
  const std::int64_t lasts = grant.expires_wall_ns - grant.given_wall_ns;
  const std::int64_t left = std::clamp<std::int64_t>(grant.expires_wall_ns - now.wall_ns, 0, lasts);
  const bool was_revoked = grant.revoked_boot_ns != Grant{}.revoked_boot_ns;
  grant.given_boot_ns = 0;
  grant.expires_boot_ns = was_revoked || left == 0 ? 0 : now.boot_ns + static_cast<std::uint64_t>(left);
}

std::uint64_t end_of(const Grant& grant) {
  return std::min(grant.expires_boot_ns, grant.revoked_boot_ns);
}

}  // namespace

Result<std::unique_ptr<GrantBook>> GrantBook::open(Surroundings surroundings) {
  if (mkdir(surroundings.directory.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(fmt::format("cannot make {}: {}", surroundings.directory, std::strerror(errno)));
  std::unique_ptr<GrantBook> book(new GrantBook(std::move(surroundings)));
  book->load();
  return book;
}

void GrantBook::load() {
  std::error_code error;
  std::vector<std::string> paths;
  for (fs::directory_iterator entry(around_.directory, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".json") paths.push_back(entry->path().string());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) load_one(path);
  publish();
}

void GrantBook::load_one(const std::string& path) {
  const auto text = read_whole_file(path);
  if (!text) return spdlog::error("grants: {}", text.error().message);
  auto stored = grant_from_json(*text);
  if (!stored) return spdlog::error("grants: {} {}", path, stored.error().message);
  if (path_of(stored->grant.id) != path)
    return spdlog::error("grants: {} holds another grant, {}", path, stored->grant.id);
  if (stored->boot_id != around_.boot_id) {
    rebase(stored->grant, around_.clocks());
    stored->boot_id = around_.boot_id;
    if (auto kept = keep(*stored); !kept) spdlog::error("grants: {}", kept.error().message);
  }
  entries_.push_back(std::move(*stored));
}

tl::expected<Grant, std::vector<std::string>> GrantBook::give(const RuleSet& rules,
                                                              const GrantRequest& request,
                                                              const std::string& requested_by,
                                                              const std::string& source) {
  const Clocks now = around_.clocks();
  auto grant = [&]() -> tl::expected<Grant, std::vector<std::string>> {
    const auto id = new_id();
    if (!id) return tl::make_unexpected(std::vector{id.error().message});
    if (entries_.size() >= kGrantsMax)
      return tl::make_unexpected(std::vector{fmt::format("there are {} grants already", kGrantsMax)});
    auto checked = check_grant(rules, request,
                               {.id = *id,
                                .requested_by = requested_by,
                                .wall_ns = now.wall_ns,
                                .boot_ns = now.boot_ns,
                                .is_user = around_.is_user});
    if (!checked) return checked;
    checked->source = source;
    if (auto kept = keep({*checked, around_.boot_id, false}); !kept)
      return tl::make_unexpected(std::vector{kept.error().message});
    return checked;
  }();
  if (!grant) {
    refused(request, requested_by, grant.error());
    return grant;
  }
  entries_.push_back({*grant, around_.boot_id, false});
  publish();
  tell(GrantChange::kGiven, *grant, requested_by);
  return grant;
}

void GrantBook::refused(const GrantRequest& request, const std::string& by,
                        const std::vector<std::string>& why) const {
  Grant asked;
  asked.user = request.who;
  asked.store = request.store;
  asked.purpose = request.purpose;
  asked.reference = request.reference;
  asked.approved_by = request.approved_by;
  asked.is_break_glass = request.is_break_glass;
  tell(GrantChange::kRefused, asked, by, fmt::format("{}", fmt::join(why, "; ")));
}

Result<Grant> GrantBook::revoke(const std::string& id, const std::string& by) {
  StoredGrant* entry = find(id);
  if (!entry) return fail("no grant is called '" + id + "'");
  const std::uint64_t now = around_.clocks().boot_ns;
  if (!entry->grant.holds_at(now)) return fail("grant " + id + " has ended already");
  StoredGrant changed = *entry;
  changed.grant.revoked_boot_ns = now;
  changed.end_is_told = true;
  // It ends also when the disk does not take it: it only would come back with the next agent.
  const auto kept = keep(changed);
  *entry = std::move(changed);
  publish();
  tell(GrantChange::kRevoked, entry->grant, by);
  if (!kept) return fail("grant " + id + " has ended, but " + kept.error().message);
  return entry->grant;
}

Result<Grant> GrantBook::review(const std::string& id, const std::string& by) {
  StoredGrant* entry = find(id);
  if (!entry) return fail("no grant is called '" + id + "'");
  if (!entry->grant.is_break_glass) return fail("grant " + id + " needs no review: somebody had approved it");
  if (!entry->grant.reviewed_by.empty())
    return fail("grant " + id + " was reviewed by " + entry->grant.reviewed_by + " already");
  if (by == entry->grant.requested_by)
    return fail(by + " asked for grant " + id + ": somebody else must review it");
  StoredGrant changed = *entry;
  changed.grant.reviewed_by = by;
  if (const auto kept = keep(changed); !kept) return tl::unexpected(kept.error());
  *entry = std::move(changed);
  publish();
  tell(GrantChange::kReviewed, entry->grant, by);
  return entry->grant;
}

bool GrantBook::has_source(const std::string& source) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const StoredGrant& entry) { return entry.grant.source == source; });
}

std::vector<std::string> GrantBook::sources() const {
  std::vector<std::string> all;
  for (const StoredGrant& entry : entries_)
    if (!entry.grant.source.empty()) all.push_back(entry.grant.source);
  return all;
}

void GrantBook::source_is_gone(const std::string& source) {
  for (StoredGrant& entry : entries_) {
    if (entry.grant.source != source) continue;
    entry.grant.source.clear();
    const std::string id = entry.grant.id;
    if (entry.grant.holds_at(around_.clocks().boot_ns)) {
      if (auto revoked = revoke(id, ""); !revoked) spdlog::error("grants: {}", revoked.error().message);
    } else if (auto kept = keep(entry); !kept) {
      spdlog::error("grants: {}", kept.error().message);
    }
  }
}

void GrantBook::end_what_is_due() {
  const std::uint64_t now = around_.clocks().boot_ns;
  for (StoredGrant& entry : entries_) {
    if (entry.end_is_told || now < end_of(entry.grant)) continue;
    entry.end_is_told = true;
    if (auto kept = keep(entry); !kept) spdlog::error("grants: {}", kept.error().message);
    tell(GrantChange::kExpired, entry.grant, "");
  }
  const auto is_old = [&](const StoredGrant& entry) {
    const Grant& grant = entry.grant;
    const bool is_open = grant.is_break_glass && grant.reviewed_by.empty();
    return entry.end_is_told && !is_open && grant.source.empty() && now > end_of(grant) + kRememberedNs;
  };
  if (std::none_of(entries_.begin(), entries_.end(), is_old)) return;
  for (const StoredGrant& entry : entries_) {
    std::error_code error;
    if (is_old(entry)) fs::remove(path_of(entry.grant.id), error);
  }
  std::erase_if(entries_, is_old);
  publish();
}

std::vector<GrantCount> GrantBook::counts(const RuleSet& rules) const {
  std::map<std::string, GrantCount> by_purpose;
  for (const Purpose& purpose : rules.purposes)
    if (purpose.requires_grant) by_purpose[purpose.name];
  const std::uint64_t now = around_.clocks().boot_ns;
  const auto grants = current();
  for (const Grant& grant : grants->all()) {
    GrantCount& count = by_purpose[grant.purpose];
    if (grant.holds_at(now)) {
      ++count.active;
      const double expiry = static_cast<double>(grant.expires_wall_ns) / 1e9;
      count.expiry_timestamp = count.active == 1 ? expiry : std::min(count.expiry_timestamp, expiry);
    }
    count.unreviewed += grant.is_break_glass && grant.reviewed_by.empty() ? 1 : 0;
  }
  std::vector<GrantCount> counts;
  for (auto& [purpose, count] : by_purpose) {
    count.purpose = purpose;
    counts.push_back(count);
  }
  return counts;
}

StoredGrant* GrantBook::find(const std::string& id) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const StoredGrant& entry) { return entry.grant.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

Result<void> GrantBook::keep(const StoredGrant& entry) const {
  return write_whole_file(path_of(entry.grant.id), grant_json(entry) + "\n");
}

void GrantBook::publish() {
  std::vector<Grant> grants;
  for (const StoredGrant& entry : entries_) grants.push_back(entry.grant);
  current_ = std::make_shared<const Grants>(std::move(grants));
}

void GrantBook::tell(GrantChange change, const Grant& grant, const std::string& by,
                     const std::string& why) const {
  GrantEvent event;
  event.change = change;
  event.grant = grant;
  event.by = by;
  event.why = why;
  event.wall_ns = around_.clocks().wall_ns;
  around_.tell(event);
}

}  // namespace purposewatch
