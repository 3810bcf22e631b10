// Clients for tests: raw bytes over a socket, and curl where TLS is spoken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

// A connected TCP socket that closes itself.
class ClientSocket {
 public:
  // `url` as WebServer::urls gives it.
  explicit ClientSocket(const std::string& url);
  ~ClientSocket();
  ClientSocket(ClientSocket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  bool send(std::string_view bytes) const;
  // Until the server closes, or ten seconds without a byte.
  std::string receive_all() const;
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// One request on a connection of its own; the whole response.
std::string fetch(const std::string& url, const std::string& method, const std::string& path,
                  const std::string& headers = "", const std::string& body = "");

struct Output {
  int status = -1;   // of the program
  std::string text;  // standard output and error
};
Output run_program(const std::string& command);
bool has_program(const std::string& name);

}  // namespace purposewatch
