// What an actor can do to reach a socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// Each a word with its arguments. T is the path of a unix socket, or "127.0.0.1:80", "[::1]:80":
//
//   connect T                  a stream
//
//   connect-packets T          sequenced packets
//
//   connect-ring T             a stream, through io_uring
//
//   connect-ring-async T       likewise, in one of its workers
//
//   connect-ring-silent T      likewise, by a request that asks for no completion
//
//   connect-swapped T N        N streams, while a thread swaps two sockets at the place of the descriptor
//
//   fastopen T                 by sending data along with the request to connect
//
//   connect-from A T           a stream, from the address A
//
//   refused T                  connect, which must fail
//
//   ask-vsock C N              the machine C for its port N, by vsock, whatever it answers
//
//   own-network                enter a new network namespace
//
//   take-address A             give it this address of IPv4
//
//   serve T V                  V, one of these with one argument, to T, where this process listens
//
//   stay-listening T           to the end of the process
//
//   stay-connected T           likewise, by a stream
//
//   send T N                   N datagrams, to T by its name each time
//
//   connect-and-send T N       a socket for datagrams connected to T, then N over it
//
//   connect-silent-and-send T  likewise, connected as by connect-ring-silent, then one over it
std::optional<int> connect_verb_arguments(const std::string& verb);
bool reach_socket(const std::string& verb, const std::vector<std::string>& arguments);

// Sockets that somebody may reach; without a backlog to speak of. Not open after an error, which errno tells.
class Listener {
 public:
  // A stream, unless SOCK_SEQPACKET or SOCK_DGRAM is asked for. T as above; port 0: any that is free.
  explicit Listener(const std::string& target, int type = 1);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  bool is_open() const { return socket_ >= 0; }
  std::uint16_t port() const;  // of TCP

 private:
  int socket_ = -1;
};

}  // namespace purposewatch::testing
