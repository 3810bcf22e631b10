#include "agent/control/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/control/requester.h"
#include "exporters/ndjson/event_json.h"
#include "exporters/ndjson/grant_event_json.h"

namespace purposewatch {
namespace {

constexpr std::size_t kFollowersMax = 32;
constexpr std::size_t kClientsMax =
    kFollowersMax + 8;  // so that there is room to ask something, whoever follows
constexpr int kWelcomedAtOnce = 16;
constexpr std::size_t kRequestMax = 1 << 18;   // a thousand clients of a grant
constexpr std::size_t kOutgoingMax = 1 << 20;  // to one who follows
constexpr std::size_t kAllOutgoingMax = 1 << 24;

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
  server->spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
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

// Nothing lies there to be read.
bool ControlServer::is_silent(const Client& client) {
  int unread = 0;
  return ioctl(client.socket.get(), FIONREAD, &unread) != 0 || unread == 0;
}

// Who has asked nothing, or does not read the answer, and came first. Whose request has come and was not read
// yet waits for nothing but us.
ControlServer::Clients::iterator ControlServer::least_missed() {
  auto found = clients_.end();
  const auto order = [](const Client& client) { return std::pair(client.ends_when_sent, client.number); };
  for (auto one = clients_.begin(); one != clients_.end(); ++one) {
    const Client& client = one->second;
    if (client.follows_events || (!client.ends_when_sent && !is_silent(client))) continue;
    if (found == clients_.end() || order(client) < order(found->second)) found = one;
  }
  return found;
}

// As many at once as leave time for the loop's other work: it comes here again for the others.
void ControlServer::welcome() {
  for (int i = 0; i < kWelcomedAtOnce; ++i) {
    const bool is_full = clients_.size() >= kClientsMax;
    const auto other = is_full ? least_missed() : clients_.end();
    if (is_full && other == clients_.end()) return;  // until one of them is answered
    Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return errno == EMFILE || errno == ENFILE ? turn_away() : void();
    if (is_full) leave(other->first);
    const int number = socket.get();
    if (!loop_.add(number, EPOLLIN, [this, number](std::uint32_t events) { serve(number, events); }))
      continue;
    Client& client = clients_[number];
    client.socket = std::move(socket);
    client.number = ++last_number_;
  }
}

// Who waits where no more descriptors can be had would wake the loop again and again.
void ControlServer::turn_away() {
  spare_.reset();
  Descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)).reset();
  spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void ControlServer::serve(int socket, std::uint32_t events) {
  // Another one was answered: what is left unread brings the loop here again, in its next round.
  if ((events & EPOLLIN) && answered_in_ == loop_.rounds()) return;
  Client& client = clients_.at(socket);
  const bool alive =
      (events & EPOLLOUT ? send_outgoing(client) : true) && (events & EPOLLIN ? read_request(client) : true);
  // Of who has said it all and left, all is read first.
  const std::uint32_t end = EPOLLERR | (events & EPOLLIN ? 0U : EPOLLHUP | EPOLLRDHUP);
  if (!alive || (events & end)) leave(socket);
}

bool ControlServer::read_request(Client& client) {
  char buffer[16384];
  const ssize_t count = recv(client.socket.get(), buffer, sizeof(buffer), 0);
  if (count == 0) return false;
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  const std::string_view more(buffer, static_cast<std::size_t>(count));
  const std::size_t end = more.find('\n');
  client.request += more.substr(0, end);
  if (end == std::string_view::npos) return client.request.size() <= kRequestMax;
  answer(client, std::exchange(client.request, {}));
  return send_outgoing(client);
}

void ControlServer::bound_what_waits() {
  const auto held = [&] {
    return std::accumulate(clients_.begin(), clients_.end(), std::size_t{0},
                           [](std::size_t sum, const auto& one) { return sum + one.second.outgoing.size(); });
  };
  while (held() > kAllOutgoingMax) {
    auto waiting = clients_.end();
    for (auto one = clients_.begin(); one != clients_.end(); ++one)
      if (one->second.waits_for_room &&
          (waiting == clients_.end() || one->second.number < waiting->second.number))
        waiting = one;
    if (waiting == clients_.end()) return;
    leave(waiting->first);
  }
}

void ControlServer::answer(Client& client, const std::string& request) {
  answered_in_ = loop_.rounds();
  const bool wants_to_follow = request == "events";
  client.follows_events = wants_to_follow && followers() < kFollowersMax;
  client.ends_when_sent = !client.follows_events;
  watch(client);
  if (client.follows_events) return;
  const std::size_t space = request.find(' ');
  const auto answer = answers_.find(request.substr(0, space));
  const auto person = requester_of(client.socket.get());
  if (wants_to_follow)
    client.outgoing = fmt::format("{{\"errors\": [\"{} follow the events already\"]}}\n", kFollowersMax);
  else if (answer == answers_.end() || !person)
    client.outgoing = "{\"errors\": [\"no such request\"]}\n";
  else
    client.outgoing =
        answer->second(*person, space == std::string::npos ? "" : request.substr(space + 1)) + "\n";
  bound_what_waits();
}

// Nothing more is expected of who has asked, so more is not read either: it fills the client's own socket,
// and wakes nobody. Who follows may shut down its side to say that it leaves.
void ControlServer::watch(Client& client) {
  loop_.change(client.socket.get(),
               (client.follows_events ? EPOLLRDHUP : 0U) | (client.waits_for_room ? EPOLLOUT : 0U));
}

bool ControlServer::send_outgoing(Client& client) {
  while (!client.outgoing.empty()) {
    const ssize_t count =
        send(client.socket.get(), client.outgoing.data(), client.outgoing.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return false;
    if (count < 0) {
      if (!std::exchange(client.waits_for_room, true)) watch(client);
      return true;
    }
    client.outgoing.erase(0, static_cast<std::size_t>(count));
  }
  if (std::exchange(client.waits_for_room, false)) watch(client);
  return !client.ends_when_sent;
}

void ControlServer::leave(int socket) {
  loop_.remove(socket);
  clients_.erase(socket);
}

std::size_t ControlServer::followers() const {
  return static_cast<std::size_t>(std::count_if(
      clients_.begin(), clients_.end(), [](const auto& client) { return client.second.follows_events; }));
}

void ControlServer::accept(const Finding& finding) {
  if (followers() == 0) return;
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
