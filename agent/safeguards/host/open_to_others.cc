#include "agent/safeguards/host/open_to_others.h"

#include <endian.h>
#include <fmt/format.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cstring>

namespace purposewatch {
namespace {

std::vector<posix_acl_xattr_entry> entries_of(std::string_view acl) {
  posix_acl_xattr_header header{};
  if (acl.size() < sizeof(header)) return {};
  std::memcpy(&header, acl.data(), sizeof(header));
  if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION) return {};
  acl.remove_prefix(sizeof(header));
  std::vector<posix_acl_xattr_entry> entries(acl.size() / sizeof(posix_acl_xattr_entry));
  if (!entries.empty()) std::memcpy(entries.data(), acl.data(), entries.size() * sizeof(entries.front()));
  return entries;
}

std::string name_of(const HostView& host, const posix_acl_xattr_entry& entry) {
  const std::uint32_t id = le32toh(entry.e_id);
  if (le16toh(entry.e_tag) == ACL_GROUP) return fmt::format("group {}", id);
  const std::string name = host.calls.user_name(id);
  return name.empty() ? fmt::format("user {}", id) : fmt::format("user {} ({})", name, id);
}

std::string acl_of(const std::string& path) {
  constexpr const char* kName = "system.posix_acl_access";
  const ssize_t size = getxattr(path.c_str(), kName, nullptr, 0);
  if (size <= 0) return "";
  std::string acl(static_cast<std::size_t>(size), '\0');
  const ssize_t got = getxattr(path.c_str(), kName, acl.data(), acl.size());
  acl.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return acl;
}

}  // namespace

std::vector<std::string> named_by_acl(const HostView& host, std::string_view acl, unsigned rights) {
  const auto entries = entries_of(acl);
  unsigned mask = kMayAnything;
  for (const posix_acl_xattr_entry& entry : entries)
    if (le16toh(entry.e_tag) == ACL_MASK) mask = le16toh(entry.e_perm);
  std::vector<std::string> names;
  for (const posix_acl_xattr_entry& entry : entries) {
    const unsigned tag = le16toh(entry.e_tag);
    const bool is_named = tag == ACL_USER || tag == ACL_GROUP;
    if (is_named && (le16toh(entry.e_perm) & mask & rights) != 0) names.push_back(name_of(host, entry));
  }
  return names;
}

std::optional<std::vector<std::string>> others_at(const HostView& host, const std::string& path,
                                                  unsigned rights) {
  struct stat status {};
  if (stat(host.path(path).c_str(), &status) != 0) return std::nullopt;
  std::vector<std::string> others;
  // With an ACL, these bits are its entry for others.
  if ((status.st_mode & rights) != 0) others.emplace_back("everybody");
  // What a named user or group may do at most is in the bits of the group; without any, nobody is named.
  if ((status.st_mode & S_IRWXG) == 0) return others;
  for (std::string& name : named_by_acl(host, acl_of(host.path(path)), rights))
    others.push_back(std::move(name));
  return others;
}

bool is_free_for_all(const HostView& host, const std::string& directory) {
  struct stat status {};
  return stat(host.path(directory).c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
}

WayThere way_to(const HostView& host, const std::string& path) {
  WayThere way;
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string directory = path.substr(0, end);
    const auto others = others_at(host, directory, kMayPass);
    if (!others) return way;
    way.is_shut = others->empty();
    if (way.is_shut) return way;
    if (way.writable.empty() && is_free_for_all(host, directory)) way.writable = directory;
  }
  return way;
}

}  // namespace purposewatch
