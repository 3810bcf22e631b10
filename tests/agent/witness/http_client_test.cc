#include "agent/witness/http_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;

// Answers one request on loopback with these bytes, whatever it is.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes) : bytes_(std::move(bytes)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_.get(), plain, size), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    EXPECT_EQ(getsockname(listener_.get(), plain, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { answer(); });
  }
  ~OneAnswer() { join(); }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string request() {
    join();
    return request_;
  }

 private:
  void answer() {
    const Descriptor client(accept(listener_.get(), nullptr, nullptr));
    char buffer[4096];
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = read(client.get(), buffer, sizeof(buffer));
      if (count <= 0) return;
      request_.append(buffer, static_cast<std::size_t>(count));
    }
    for (std::size_t sent = 0; sent < bytes_.size();) {
      const ssize_t count = send(client.get(), bytes_.data() + sent, bytes_.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  std::string bytes_, request_;
  Descriptor listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port_ = 0;
  std::thread thread_;
};

std::string error_of(const std::string& url) {
  const auto client = HttpClient::open({.url = url, .password = {}, .ca_file = {}});
  return client ? "none" : client.error().message;
}

TEST(HttpClient, AsksBelowTheAddressAndShowsNoPassword) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  auto client = HttpClient::open(
      {.url = "http://alice:secret@" + server.address() + "/prometheus/", .password = {}, .ca_file = {}});
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ(client->shown_url(), "http://" + server.address() + "/prometheus");
  const auto answer = client->get("/api?query=a");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  const std::string request = server.request();
  EXPECT_THAT(request, HasSubstr("GET /prometheus/api?query=a HTTP"));
  EXPECT_THAT(request, HasSubstr("Authorization: Basic YWxpY2U6c2VjcmV0\r\n"));
}

TEST(HttpClient, TakesThePasswordFromBesideTheAddress) {
  OneAnswer server("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
  auto client =
      HttpClient::open({.url = "http://alice@" + server.address(), .password = "secret", .ca_file = {}});
  ASSERT_TRUE(client);
  EXPECT_EQ(client->get("/")->status, 401);
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Basic YWxpY2U6c2VjcmV0\r\n"));
}

TEST(HttpClient, TakesNoMoreThanItsLimit) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  auto client = HttpClient::open(
      {.url = "http://" + server.address(), .password = {}, .ca_file = {}, .bytes_max = 50'000});
  const auto answer = client->get("/");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->is_cut);
  EXPECT_LE(answer->body.size(), 50'000U);
}

TEST(HttpClient, FollowsNobodyElsewhere) {
  OneAnswer server("HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n");
  auto client = HttpClient::open({.url = "http://" + server.address(), .password = {}, .ca_file = {}});
  EXPECT_EQ(client->get("/")->status, 302);
}

TEST(HttpClient, SaysWhyThereIsNoAnswer) {
  for (const char* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "\r\n\r\n\r\n", "SSH-2.0\r\n"}) {
    OneAnswer server(bytes);
    auto client =
        HttpClient::open({.url = "http://alice:secret@" + server.address(), .password = {}, .ca_file = {}});
    const auto answer = client->get("/");
    ASSERT_FALSE(answer) << bytes;
    EXPECT_THAT(answer.error().message, HasSubstr("http://" + server.address() + ": "));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
  }
}

TEST(HttpClient, HasAnAddressOfAWebServer) {
  EXPECT_EQ(error_of("https://[::1]:9090"), "none");
  EXPECT_THAT(error_of("file:///etc/passwd"), HasSubstr("neither http nor https"));
  EXPECT_THAT(error_of("prometheus:9090"), HasSubstr("prometheus"));
  EXPECT_THAT(error_of(""), HasSubstr("no address"));
  EXPECT_THAT(error_of("http://host/?a=b"), HasSubstr("more than a path"));
}

TEST(HttpClient, EncodesWhatStandsInAQuery) {
  EXPECT_EQ(url_encoded("{a=\"b c\"}[1h]&\xff"), "%7Ba%3D%22b%20c%22%7D%5B1h%5D%26%FF");
}

}  // namespace
}  // namespace purposewatch
