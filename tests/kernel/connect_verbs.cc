#include "tests/kernel/connect_verbs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <thread>

#include "agent/kernel/io_uring.h"
#include "rules/base/descriptor.h"
#include "tests/kernel/own_network.h"
#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

struct Name {
  sockaddr_storage bytes{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
  int family() const { return bytes.ss_family; }
};

template <class Address>
Name name_from(const Address& address) {
  Name name;
  std::memcpy(&name.bytes, &address, sizeof(address));
  name.length = sizeof(address);
  return name;
}

Name name_of(const std::string& target) {
  if (target.starts_with('/')) {
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    std::memcpy(path.sun_path, target.data(), std::min(target.size(), sizeof(path.sun_path) - 1));
    return name_from(path);
  }
  const std::size_t colon = target.rfind(':');
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(target.substr(colon + 1))));
  if (target.starts_with('[')) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = port;
    inet_pton(AF_INET6, target.substr(1, colon - 2).c_str(), &six.sin6_addr);
    return name_from(six);
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = port;
  inet_pton(AF_INET, target.substr(0, colon).c_str(), &four.sin_addr);
  return name_from(four);
}

Descriptor socket_for(const Name& name, int type) {
  return Descriptor(socket(name.family(), type | SOCK_CLOEXEC, 0));
}

bool connects(const std::string& target, int type) {
  const Name name = name_of(target);
  return connect(socket_for(name, type).get(), name.get(), name.length) == 0;
}

bool stays_connected(const std::string& target) {
  const Name name = name_of(target);
  Descriptor caller = socket_for(name, SOCK_STREAM);
  return connect(caller.release(), name.get(), name.length) == 0;
}

bool connects_from(const std::string& source, const std::string& target) {
  const Name from = name_of(source.find(':') == std::string::npos ? source + ":0" : "[" + source + "]:0");
  const Name to = name_of(target);
  const Descriptor caller = socket_for(to, SOCK_STREAM);
  return bind(caller.get(), from.get(), from.length) == 0 && connect(caller.get(), to.get(), to.length) == 0;
}

// Until it is destroyed, a thread puts now this file, now that one at the place of a descriptor.
class Swapped {
 public:
  Swapped(const Descriptor& first, const Descriptor& second)
      : place_(fcntl(first.get(), F_DUPFD_CLOEXEC, 0)),
        swap_([this, &first, &second](const std::stop_token& stop) {
          while (!stop.stop_requested())
            for (const Descriptor* next : {&second, &first}) dup3(next->get(), place_.get(), O_CLOEXEC);
        }) {}
  int get() const { return place_.get(); }

 private:
  Descriptor place_;
  std::jthread swap_;
};

bool connects_swapped(const std::string& target, int count) {
  const Name name = name_of(target);
  for (int i = 0; i < count; ++i) {
    const Descriptor caller = socket_for(name, SOCK_STREAM), other = socket_for(name, SOCK_STREAM);
    const Swapped swapped(caller, other);
    while (connect(swapped.get(), name.get(), name.length) != 0 && errno != EISCONN) {
    }
  }
  return true;
}

bool connect_through_ring(const Descriptor& caller, const Name& name, std::uint8_t flags) {
  const IoUring ring;
  if (!ring) return false;
  io_uring_sqe request{};
  request.opcode = IORING_OP_CONNECT;
  request.flags = flags;
  request.fd = caller.get();
  request.addr = reinterpret_cast<std::uintptr_t>(name.get());
  request.off = name.length;
  io_uring_sqe nothing{};
  nothing.opcode = IORING_OP_NOP;
  // The second one completes when the first one has ended: the two are linked.
  const int result = (flags & IOSQE_CQE_SKIP_SUCCESS) != 0 ? ring.run(request, nothing) : ring.run(request);
  if (result < 0) errno = -result;
  return result == 0;
}

constexpr std::uint8_t kSilent = IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK;

bool connects_through_ring(const std::string& target, std::uint8_t flags) {
  const Name name = name_of(target);
  return connect_through_ring(socket_for(name, SOCK_STREAM), name, flags);
}

bool connects_silently_and_sends(const std::string& target) {
  const Name name = name_of(target);
  const Descriptor sender = socket_for(name, SOCK_DGRAM);
  return connect_through_ring(sender, name, kSilent) && send(sender.get(), "x", 1, 0) == 1;
}

bool sends_at_once(const std::string& target) {
  const Name name = name_of(target);
  return sendto(socket_for(name, SOCK_STREAM).get(), "x", 1, MSG_FASTOPEN, name.get(), name.length) == 1;
}

bool sends(const std::string& target, int count) {
  const Name name = name_of(target);
  const Descriptor sender = socket_for(name, SOCK_DGRAM);
  for (int i = 0; i < count; ++i)
    if (sendto(sender.get(), "x", 1, 0, name.get(), name.length) != 1) return false;
  return true;
}

bool connects_and_sends(const std::string& target, int count) {
  const Name name = name_of(target);
  const Descriptor sender = socket_for(name, SOCK_DGRAM);
  if (connect(sender.get(), name.get(), name.length) != 0) return false;
  for (int i = 0; i < count; ++i)
    if (send(sender.get(), "x", 1, 0) != 1) return false;
  return true;
}

bool asks_machine(const std::string& machine, const std::string& port) {
  const Descriptor asking(socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_vm there{};
  there.svm_family = AF_VSOCK;
  there.svm_cid = static_cast<unsigned>(std::stoul(machine));
  there.svm_port = static_cast<unsigned>(std::stoul(port));
  if (!asking) return false;
  (void)connect(asking.get(), reinterpret_cast<const sockaddr*>(&there), sizeof(there));
  return true;
}

struct Verb {
  int arguments;
  std::function<bool(const std::string& first, const std::string& second)> run;
};

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"connect", {1, [](auto& target, auto&) { return connects(target, SOCK_STREAM); }}},
      {"connect-packets", {1, [](auto& target, auto&) { return connects(target, SOCK_SEQPACKET); }}},
      {"connect-ring", {1, [](auto& target, auto&) { return connects_through_ring(target, 0); }}},
      {"connect-ring-async",
       {1, [](auto& target, auto&) { return connects_through_ring(target, IOSQE_ASYNC); }}},
      {"connect-ring-silent",
       {1, [](auto& target, auto&) { return connects_through_ring(target, kSilent); }}},
      {"connect-silent-and-send",
       {1, [](auto& target, auto&) { return connects_silently_and_sends(target); }}},
      {"connect-swapped",
       {2, [](auto& target, auto& count) { return connects_swapped(target, std::stoi(count)); }}},
      {"fastopen", {1, [](auto& target, auto&) { return sends_at_once(target); }}},
      {"connect-from", {2, [](auto& source, auto& target) { return connects_from(source, target); }}},
      {"take-address", {1, [](auto& address, auto&) { return take_address(address.c_str()); }}},
      {"own-network", {0, [](auto&, auto&) { return enter_own_network(); }}},
      {"serve",
       {2,
        [](auto& target, auto& verb) {
          const Listener listener(target);
          return listener.is_open() && reach_socket(verb, {target});
        }}},
      {"stay-listening",
       {1,
        [](auto& target, auto&) {
          static std::list<Listener> listeners;
          return listeners.emplace_back(target).is_open();
        }}},
      {"stay-connected", {1, [](auto& target, auto&) { return stays_connected(target); }}},
      {"refused", {1, [](auto& target, auto&) { return !connects(target, SOCK_STREAM); }}},
      {"ask-vsock", {2, [](auto& machine, auto& port) { return asks_machine(machine, port); }}},
      {"send", {2, [](auto& target, auto& count) { return sends(target, std::stoi(count)); }}},
      {"connect-and-send",
       {2, [](auto& target, auto& count) { return connects_and_sends(target, std::stoi(count)); }}},
  };
  return all;
}

}  // namespace

std::optional<int> connect_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool reach_socket(const std::string& verb, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = arguments;
  words.resize(2);
  return verbs().at(verb).run(words[0], words[1]);
}

Listener::Listener(const std::string& target, int type) {
  const Name name = name_of(target);
  Descriptor listener = socket_for(name, type);
  constexpr int kBacklog = 64;
  if (bind(listener.get(), name.get(), name.length) != 0) return;
  if (type != SOCK_DGRAM && listen(listener.get(), kBacklog) != 0) return;
  socket_ = listener.release();
}

Listener::~Listener() {
  if (socket_ >= 0) close(socket_);
}

std::uint16_t Listener::port() const {
  Name name;
  name.length = sizeof(name.bytes);
  if (getsockname(socket_, name.get(), &name.length) != 0) return 0;
  if (name.family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&name.bytes)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&name.bytes)->sin_port);
}

}  // namespace purposewatch::testing
