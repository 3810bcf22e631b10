#include "agent/control/server.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "agent/control/requester.h"
#include "exporters/ndjson/event_json.h"
#include "exporters/ndjson/grant_event_json.h"

namespace purposewatch {
namespace {

constexpr std::size_t kClientsMax = 32;
constexpr std::size_t kRequestMax = 1 << 18;  // a thousand clients of a grant
constexpr std::size_t kOutgoingMax = 1 << 20;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return fail(
        fmt::format("{}: longer than a socket's path may be ({} bytes)", path, sizeof(address.sun_path) - 1));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

std::string control_socket_path(const std::string& state_dir) {
  return state_dir + "/control.sock";
}

Result<std::unique_ptr<ControlServer>> ControlServer::open(const std::string& path, EventLoop& loop,
                                                           Answers answers) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  std::unique_ptr<ControlServer> server(new ControlServer(path, loop, std::move(answers)));
  server->listener_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  unlink(path.c_str());  // of an agent that was killed; a living one holds the state directory's lock
  const mode_t before = umask(0177);
  const int bound =
      bind(server->listener_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address));
  umask(before);
  if (bound != 0 || listen(server->listener_.get(), 16) != 0)
    return fail(fmt::format("cannot listen on {}: {}", path, std::strerror(errno)));
  auto added =
      loop.add(server->listener_.get(), EPOLLIN, [raw = server.get()](std::uint32_t) { raw->welcome(); });
  if (!added) return tl::unexpected(added.error());
  return server;
}

ControlServer::~ControlServer() {
  for (auto& [number, client] : clients_) loop_.remove(number);
  loop_.remove(listener_.get());
  unlink(path_.c_str());
}

void ControlServer::welcome() {
  for (;;) {
    Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    if (clients_.size() >= kClientsMax) continue;  // closed: the client sees the end at once
    const int number = socket.get();
    if (!loop_.add(number, EPOLLIN, [this, number](std::uint32_t events) { serve(number, events); }))
      continue;
    clients_[number].socket = std::move(socket);
  }
}

void ControlServer::serve(int socket, std::uint32_t events) {
  Client& client = clients_.at(socket);
  const bool alive =
      (events & EPOLLOUT ? send_outgoing(client) : true) && (events & EPOLLIN ? read_request(client) : true);
  if (!alive || (events & (EPOLLHUP | EPOLLERR))) leave(socket);
}

bool ControlServer::read_request(Client& client) {
  char buffer[1024];
  const ssize_t count = recv(client.socket.get(), buffer, sizeof(buffer), 0);
  if (count == 0) return false;
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (client.follows_events || client.ends_when_sent) return true;  // nothing more is expected of it
  client.request.append(buffer, static_cast<std::size_t>(count));
  const std::size_t end = client.request.find('\n');
  if (end == std::string::npos) return client.request.size() <= kRequestMax;
  answer(client, client.request.substr(0, end));
  return send_outgoing(client);
}

void ControlServer::answer(Client& client, const std::string& request) {
  if (request == "events") {
    client.follows_events = true;
    return;
  }
  client.ends_when_sent = true;
  const std::size_t space = request.find(' ');
  const auto answer = answers_.find(request.substr(0, space));
  const auto person = requester_of(client.socket.get());
  if (answer == answers_.end() || !person)
    client.outgoing = "{\"errors\": [\"no such request\"]}\n";
  else
    client.outgoing =
        answer->second(*person, space == std::string::npos ? "" : request.substr(space + 1)) + "\n";
}

bool ControlServer::send_outgoing(Client& client) {
  while (!client.outgoing.empty()) {
    const ssize_t count =
        send(client.socket.get(), client.outgoing.data(), client.outgoing.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return false;
    const bool must_wait = count < 0;
    if (must_wait != client.waits_for_room)
      loop_.change(client.socket.get(), must_wait ? EPOLLIN | EPOLLOUT : EPOLLIN);
    client.waits_for_room = must_wait;
    if (must_wait) return true;
    client.outgoing.erase(0, static_cast<std::size_t>(count));
  }
  if (client.waits_for_room) loop_.change(client.socket.get(), EPOLLIN);
  client.waits_for_room = false;
  return !client.ends_when_sent;
}

void ControlServer::leave(int socket) {
  loop_.remove(socket);
  clients_.erase(socket);
}

void ControlServer::accept(const Finding& finding) {
  const bool has_followers = std::any_of(clients_.begin(), clients_.end(),
                                         [](const auto& client) { return client.second.follows_events; });
  if (!has_followers) return;
  line_.clear();
  writer_.append(line_, finding);
  send_to_followers(line_ += '\n');
}

void ControlServer::note(const GrantEvent& event) {
  line_.clear();
  append_grant_event(line_, event);
  send_to_followers(line_ += '\n');
  flush();
}

void ControlServer::send_to_followers(const std::string& line) {
  for (auto& [number, client] : clients_) {
    if (!client.follows_events) continue;
    // A slow reader misses findings here, and is told; the evidence and --events do not depend on it.
    if (client.outgoing.size() + line.size() > kOutgoingMax) {
      ++client.skipped;
      continue;
    }
    if (client.skipped > 0) {
      client.outgoing += fmt::format("{{\"purposewatch\": {{\"skipped\": {}}}}}\n", client.skipped);
      client.skipped = 0;
    }
    client.outgoing += line;
  }
}

void ControlServer::flush() {
  std::vector<int> gone;
  for (auto& [number, client] : clients_)
    if (client.follows_events && !client.outgoing.empty() && !client.waits_for_room && !send_outgoing(client))
      gone.push_back(number);
  for (int number : gone) leave(number);
}

Result<Descriptor> ask_agent(const std::string& state_dir, const std::string& request) {
  const std::string path = control_socket_path(state_dir);
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  Descriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    const char* why =
        errno == ENOENT || errno == ECONNREFUSED ? "no agent is running there" : std::strerror(errno);
    return fail(fmt::format("cannot reach the agent at {}: {}", path, why));
  }
  const std::string line = request + "\n";
  if (send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return fail(fmt::format("cannot speak with the agent at {}: {}", path, std::strerror(errno)));
  return connection;
}

}  // namespace purposewatch
