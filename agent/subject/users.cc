#include "agent/subject/users.h"

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

#include <cerrno>
#include <charconv>
#include <vector>

namespace purposewatch {
namespace {

constexpr std::size_t kRememberedMax = 65536;
constexpr std::size_t kEntryBytesMax = 1 << 20;

// Calls lookup(entry, buffer, size, result) with as much room as it asks for; Entry: passwd or group.
template <class Entry, class Lookup, class Take>
auto with_entry(Lookup lookup, Take take) {
  std::vector<char> buffer(1024);
  for (;;) {
    Entry entry{};
    Entry* found = nullptr;
    const int error = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kEntryBytesMax) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    return take(error == 0 ? found : nullptr);
  }
}

std::optional<std::uint32_t> number(const std::string& text) {
  std::uint32_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  return error == std::errc() && stop == end ? std::optional(id) : std::nullopt;
}

// Only when it would be printed as the policy has it.
std::optional<std::uint32_t> as_printed(const std::string& name_or_id, std::optional<std::uint32_t> id,
                                        std::string (*name_of)(std::uint32_t)) {
  return id && (name_or_id == std::to_string(*id) || name_or_id == name_of(*id)) ? id : std::nullopt;
}

const std::string& remembered(std::unordered_map<std::uint32_t, std::string>& names, std::uint32_t id,
                              std::string (*name_of)(std::uint32_t)) {
  if (auto known = names.find(id); known != names.end()) return known->second;
  if (names.size() >= kRememberedMax) names.clear();
  return names.emplace(id, name_of(id)).first->second;
}

}  // namespace

const std::string& Users::name_of(std::uint32_t uid) {
  return remembered(names_, uid, user_name);
}

const std::string& Users::group_name_of(std::uint32_t gid) {
  return remembered(groups_, gid, group_name);
}

std::string user_name(std::uint32_t uid) {
  return with_entry<passwd>(
      [uid](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return getpwuid_r(uid, entry, buffer, size, found);
      },
      [](const passwd* found) { return found ? std::string(found->pw_name) : std::string(); });
}

std::string group_name(std::uint32_t gid) {
  return with_entry<group>(
      [gid](group* entry, char* buffer, std::size_t size, group** found) {
        return getgrgid_r(gid, entry, buffer, size, found);
      },
      [](const group* found) { return found ? std::string(found->gr_name) : std::string(); });
}

std::optional<std::uint32_t> user_id(const std::string& name_or_id) {
  if (const auto id = number(name_or_id)) return id;
  return with_entry<passwd>(
      [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return getpwnam_r(name_or_id.c_str(), entry, buffer, size, found);
      },
      [](const passwd* found) { return found ? std::optional<std::uint32_t>(found->pw_uid) : std::nullopt; });
}

std::optional<std::uint32_t> group_id(const std::string& name_or_id) {
  if (const auto id = number(name_or_id)) return id;
  return with_entry<group>(
      [&](group* entry, char* buffer, std::size_t size, group** found) {
        return getgrnam_r(name_or_id.c_str(), entry, buffer, size, found);
      },
      [](const group* found) { return found ? std::optional<std::uint32_t>(found->gr_gid) : std::nullopt; });
}

std::optional<std::uint32_t> user_id_of_policy(const std::string& name_or_id) {
  return as_printed(name_or_id, user_id(name_or_id), user_name);
}

std::optional<std::uint32_t> group_id_of_policy(const std::string& name_or_id) {
  return as_printed(name_or_id, group_id(name_or_id), group_name);
}

}  // namespace purposewatch
