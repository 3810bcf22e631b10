#include "tests/exporters/http/http_client.h"

#include <gtest/gtest.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "exporters/http/listen_socket.h"

namespace purposewatch {

ClientSocket::ClientSocket(const std::string& url) {
  const auto address = parse_listen_address(url.substr(url.find("//") + 2));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (!address || getaddrinfo(address->host.c_str(), address->port.c_str(), &hints, &found) != 0) {
    ADD_FAILURE() << "no address: " << url;
    return;
  }
  fd_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(fd_, found->ai_addr, found->ai_addrlen), 0) << url;
  freeaddrinfo(found);
}

ClientSocket::~ClientSocket() {
  if (fd_ >= 0) close(fd_);
}

bool ClientSocket::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string ClientSocket::receive_all() const {
  std::string all;
  std::array<char, 16384> buffer;
  while (true) {
    pollfd readable{fd_, POLLIN, 0};
    if (poll(&readable, 1, 10'000) <= 0) return all + "(no end within ten seconds)";
    const ssize_t count = recv(fd_, buffer.data(), buffer.size(), 0);
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string fetch(const std::string& url, const std::string& method, const std::string& path,
                  const std::string& headers, const std::string& body) {
  const ClientSocket client{url};
  client.send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headers +
              (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
              body);
  return client.receive_all();
}

Output run_program(const std::string& command) {
  Output output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  for (std::size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.text.append(buffer.data(), count);
  const int status = pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

bool has_program(const std::string& name) {
  return run_program("command -v " + name).status == 0;
}

}  // namespace purposewatch
