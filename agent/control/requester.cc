#include "agent/control/requester.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "agent/subject/users.h"
#include "rules/base/read_text.h"
#include "rules/model/subject.h"

namespace purposewatch {
namespace {

std::uint32_t login_uid_of(pid_t pid) {
  const std::string text = read_text(fmt::format("/proc/{}/loginuid", pid));
  std::uint32_t uid = kUnsetId;
  std::from_chars(text.data(), text.data() + text.size(), uid);
  return uid;
}

}  // namespace

Result<std::string> requester_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail(fmt::format("cannot tell who asks: {}", std::strerror(errno)));
  const std::uint32_t login_uid = login_uid_of(peer.pid);
  const std::uint32_t uid = login_uid == kUnsetId ? peer.uid : login_uid;
  const std::string name = user_name(uid);
  return name.empty() ? std::to_string(uid) : name;
}

}  // namespace purposewatch
