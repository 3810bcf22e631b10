// Any bytes from a client of the web server: it is answered or left, and only who knows the password sees a
// page.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "exporters/http/agent_pages.h"
#include "exporters/http/web_server.h"
#include "rules/base/descriptor.h"
#include "tests/exporters/http/known_password.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

std::vector<Route> pages() {
  AgentPages pages;
  pages.host = "web7";
  pages.version = "0.1.0";
  pages.now = [] { return 1'763'912'400.0; };
  pages.metrics = [] { return std::string("purposewatch_build_info 1\n"); };
  pages.health = [] { return Health{}; };
  pages.reload = [] { return Result<void>{}; };
  pages.lifecycle = true;
  return agent_routes(std::move(pages));
}

// asks: for the password of alice, which is hunter2.
std::unique_ptr<WebServer> serve(bool asks) {
  static const Scratch scratch("http");
  WebServerSettings settings;
  settings.listen_addresses = {"127.0.0.1:0"};
  settings.log = [](const std::string&) {};
  if (asks) {
    scratch.write("web.yml", std::string("basic_auth_users: {alice: ") + kHashOfHunter2 + "}\n");
    settings.config_file = scratch / "web.yml";
  }
  auto server = WebServer::start(settings, pages());
  require(server.has_value());
  return std::move(*server);
}

Descriptor connect_to(const WebServer& server) {
  const std::string& url = server.urls()[0];
  Descriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  // The port is free again at once: there are not enough for thousands of connections a second.
  const linger at_once{1, 0};
  setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  return client;
}

// All that comes until the server closes, or waits for more; it does not always notice at once that nothing
// more can come from here.
std::string answer_to(const std::string& bytes, const WebServer& server) {
  const Descriptor client = connect_to(server);
  (void)send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  shutdown(client.get(), SHUT_WR);
  std::string answer;
  std::array<char, 16384> buffer{};
  constexpr int kPatienceMs = 30;
  for (pollfd readable{client.get(), POLLIN, 0}; poll(&readable, 1, kPatienceMs) > 0;) {
    const ssize_t count = recv(client.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return answer;
}

bool names_a_password(std::string bytes) {
  std::transform(bytes.begin(), bytes.end(), bytes.begin(), [](unsigned char c) { return std::tolower(c); });
  return bytes.find("authorization") != std::string::npos;
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  static const auto open = serve(false), closed = serve(true);
  const std::string bytes = text_of(data, size);
  for (const auto* server : {&open, &closed}) {
    const std::string answer = answer_to(bytes, **server);
    require(answer.empty() || answer.starts_with("HTTP/1."));
    if (server == &closed && !names_a_password(bytes))
      require(answer.find("purposewatch_build_info") == std::string::npos);
  }
  return 0;
}
