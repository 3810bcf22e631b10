#include "agent/grants/dropped_grants.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "agent/files/whole_file.h"
#include "rules/language/custody.h"
#include "rules/language/digest.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kGivenAtOnce = 32;

constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// Nobody else than this user and root may have written it, or put it there; of a link, also what it leads to.
std::string why_untrusted(const std::string& path) {
  struct stat here {
  }, there{};
  if (lstat(path.c_str(), &here) != 0 || stat(path.c_str(), &there) != 0) return std::strerror(errno);
  const std::string why = why_not_ours(here);
  return why.empty() ? why_not_ours(there) : why;
}

}  // namespace

DroppedGrants::DroppedGrants(std::string directory, GrantBook& book,
                             std::function<std::shared_ptr<const RuleSet>()> rules)
    : directory_(std::move(directory)),
      book_(book),
      rules_(std::move(rules)),
      watch_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

void DroppedGrants::watch() {
  std::array<char, 4096> ignored{};
  bool lost_it = false;
  for (;;) {
    const ssize_t size = read(watch_.get(), ignored.data(), ignored.size());
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, ignored.data() + at, sizeof(event));
      lost_it = lost_it || (event.mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF)) != 0;
      at += static_cast<ssize_t>(sizeof(event) + event.len);
    }
  }
  // Also again, for the directory by this name may be another one by now; a second watch of the same one
  // changes nothing.
  is_watched_ = inotify_add_watch(watch_.get(), directory_.c_str(), kChanges) >= 0 && !lost_it;
}

void DroppedGrants::scan() {
  watch();
  is_behind_ = false;
  given_ = 0;
  std::set<std::string> sources;
  std::error_code error;
  fs::directory_iterator entry(directory_, error);
  if (error && error != std::errc::no_such_file_or_directory)
    return spdlog::error("grants: cannot list {}: {}", directory_, error.message());
  const std::string untrusted = error ? "" : why_untrusted(directory_);
  if (!untrusted.empty()) {
    if (refused_.insert(directory_).second) spdlog::error("grants: {} {}: ignored", directory_, untrusted);
  } else {
    refused_.erase(directory_);
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (name.front() != '.' && entry->path().extension() == ".yaml") take(name, sources);
    }
  }
  for (const std::string& source : book_.sources())
    if (!sources.count(source)) book_.source_is_gone(source);
  std::erase_if(refused_,
                [&](const std::string& source) { return source != directory_ && !sources.count(source); });
}

void DroppedGrants::take(const std::string& name, std::set<std::string>& sources) {
  const std::string path = directory_ + "/" + name;
  const auto refuse = [&](const std::string& source, const std::string& why) {
    sources.insert(source);
    if (!refused_.insert(source).second) return;
    spdlog::error("grants: {}: {}: ignored", path, why);
    book_.refused({}, "", {path + ": " + why});
  };
  if (const std::string untrusted = why_untrusted(path); !untrusted.empty())
    return refuse(name + " untrusted", untrusted);
  const auto text = read_whole_file(path);
  if (!text) return refuse(name + " unreadable", text.error().message);
  const std::string source = name + " " + policy_digest({{name, *text}}).substr(0, 16);
  sources.insert(source);
  if (book_.has_source(source) || refused_.count(source)) return;
  if (given_ == kGivenAtOnce) {
    is_behind_ = true;
    return;
  }
  auto request = read_grant_request({path, *text});
  if (!request) {
    std::string why;
    for (const Diagnostic& one : request.error()) why += (why.empty() ? "" : "; ") + to_string(one);
    return refuse(source, why);
  }
  if (request->requested_by.empty()) return refuse(source, "names nobody who asks for it ('requested-by')");
  ++given_;
  const auto grant = book_.give(*rules_(), *request, request->requested_by, source);
  if (!grant) {  // which the book has told
    refused_.insert(source);
    return spdlog::error("grants: {}: {}: ignored", path, fmt::join(grant.error(), "; "));
  }
  spdlog::info("grants: {} is {}", path, grant->id);
}

}  // namespace purposewatch
