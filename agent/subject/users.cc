#include "agent/subject/users.h"

#include <pwd.h>
#include <sys/types.h>

#include <cerrno>
#include <charconv>
#include <vector>

namespace purposewatch {
namespace {

constexpr std::size_t kRememberedMax = 65536;
constexpr std::size_t kEntryBytesMax = 1 << 20;

// Calls lookup(entry, buffer, size, result) with as much room as it asks for.
template <class Lookup, class Take>
auto with_entry(Lookup lookup, Take take) {
  std::vector<char> buffer(1024);
  for (;;) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kEntryBytesMax) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    return take(error == 0 ? found : nullptr);
  }
}

}  // namespace

const std::string& Users::name_of(std::uint32_t uid) {
  if (auto known = names_.find(uid); known != names_.end()) return known->second;
  if (names_.size() >= kRememberedMax) names_.clear();
  return names_.emplace(uid, user_name(uid)).first->second;
}

std::string user_name(std::uint32_t uid) {
  return with_entry([uid](passwd* entry, char* buffer, std::size_t size,
                          passwd** found) { return getpwuid_r(uid, entry, buffer, size, found); },
                    [](const passwd* found) { return found ? std::string(found->pw_name) : std::string(); });
}

std::optional<std::uint32_t> user_id(const std::string& name_or_id) {
  std::uint32_t id = 0;
  const char* end = name_or_id.data() + name_or_id.size();
  if (auto [stop, error] = std::from_chars(name_or_id.data(), end, id); error == std::errc() && stop == end)
    return id;
  return with_entry(
      [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return getpwnam_r(name_or_id.c_str(), entry, buffer, size, found);
      },
      [](const passwd* found) { return found ? std::optional<std::uint32_t>(found->pw_uid) : std::nullopt; });
}

std::optional<std::uint32_t> user_id_of_policy(const std::string& name_or_id) {
  const auto id = user_id(name_or_id);
  if (!id) return std::nullopt;
  const bool is_printed_so = name_or_id == std::to_string(*id) || name_or_id == user_name(*id);
  return is_printed_so ? id : std::nullopt;
}

}  // namespace purposewatch
