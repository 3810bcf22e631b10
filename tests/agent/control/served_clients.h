// A server of the control socket and its clients, all of them in this very thread.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "agent/control/server.h"
#include "agent/subject/users.h"
#include "rules/base/read_text.h"
#include "tests/exporters/sample_findings.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {

// Runs the server's loop on this very thread, so that nothing depends on luck.
class Control : public testing::Test {
 protected:
  Control() : loop_(std::move(*EventLoop::create())) { open(); }

  void open() {
    auto server = ControlServer::open(
        control_socket_path(dir_.path()), loop_,
        {{"status", [this](auto&, auto&) { return ++asked_, status_; }},
         {"echo", [](auto& person, auto& argument) { return person + " said '" + argument + "'"; }}});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  Descriptor ask(const std::string& request) {
    auto connection = ask_agent(dir_.path(), request);
    if (!connection) ADD_FAILURE() << connection.error().message;
    return connection ? std::move(*connection) : Descriptor();
  }

  // Lets the server do all that is due now.
  void settle() {
    while (loop_.run_once(std::chrono::milliseconds(0))) {
    }
  }

  struct Answer {
    std::string bytes;
    bool has_ended = false;
  };
  // What the client can read while the server keeps running, until nothing comes any more.
  Answer read_from(const Descriptor& client) {
    Answer answer;
    char buffer[65536];
    for (;;) {
      settle();
      const ssize_t count = recv(client.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) return answer;
      if (count <= 0) {
        answer.has_ended = true;
        return answer;
      }
      answer.bytes.append(buffer, static_cast<std::size_t>(count));
    }
  }

  // A connection that has not said anything yet.
  Descriptor connect_silently() {
    Descriptor client = connected(0);
    EXPECT_TRUE(client);
    return client;
  }
  // The same, or none when the server lets it wait.
  Descriptor connect_at_once() { return connected(SOCK_NONBLOCK); }

  Descriptor connected(int flags) {
    Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    return connect_by(client) ? std::move(client) : Descriptor();
  }
  bool connect_by(const Descriptor& client) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, control_socket_path(dir_.path()).c_str());
    return connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }

  void send_to(const Descriptor& client, const std::string& bytes) {
    // A server that has left is no failure of the client's.
    (void)send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void publish(int findings, const Finding& finding = flagged_read()) {
    for (int i = 0; i < findings; ++i) server_->accept(finding);
    server_->flush();
  }

  TempDir dir_;
  EventLoop loop_;
  int asked_ = 0;  // for the status
  std::string status_ = R"({"ready": true})";
  std::unique_ptr<ControlServer> server_;
  // Who has logged in to run this test, or, as on a build machine, whose process it is.
  const std::string person_ = [] {
    const std::string login = read_text("/proc/self/loginuid");
    const auto uid =
        login.empty() || login == "4294967295" ? geteuid() : static_cast<uid_t>(std::stoul(login));
    const std::string name = user_name(uid);
    return name.empty() ? std::to_string(uid) : name;
  }();
};

}  // namespace purposewatch
