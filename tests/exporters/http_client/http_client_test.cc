#include "exporters/http_client/http_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "rules/base/descriptor.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;

class Listener {
 public:
  Listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_.get(), plain, size), 0);
    EXPECT_EQ(listen(socket_.get(), 1), 0);
    EXPECT_EQ(getsockname(socket_.get(), plain, &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  const std::string& address() const { return address_; }
  Descriptor accept() const { return Descriptor(::accept(socket_.get(), nullptr, nullptr)); }

 private:
  Descriptor socket_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string address_;
};

// Answers one request on loopback with these bytes, whatever it is.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes) : bytes_(std::move(bytes)), thread_([this] { answer(); }) {}
  ~OneAnswer() { join(); }

  const std::string& address() const { return listener_.address(); }
  std::string request() {
    join();
    return request_;
  }

 private:
  void answer() {
    const Descriptor client = listener_.accept();
    char buffer[4096];
    while (!is_whole(request_)) {
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
  // With the body, as long as its header says.
  static bool is_whole(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string name = "Content-Length: ";
    const std::size_t length = request.find(name);
    return length > end || request.size() >= end + 4 + std::stoul(request.substr(length + name.size()));
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  std::string bytes_, request_;
  Listener listener_;
  std::thread thread_;
};

HttpIdentity with_password(const std::string& password) {
  HttpIdentity identity;
  identity.password = password;
  return identity;
}

std::string error_of(const std::string& url) {
  const auto client = HttpClient::open({.url = url, .identity = {}});
  return client ? "none" : client.error().message;
}

TEST(HttpClient, AsksBelowTheAddressAndShowsNoPassword) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  auto client =
      HttpClient::open({.url = "http://alice:secret@" + server.address() + "/prometheus/", .identity = {}});
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
      HttpClient::open({.url = "http://alice@" + server.address(), .identity = with_password("secret")});
  ASSERT_TRUE(client);
  EXPECT_EQ(client->get("/")->status, 401);
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Basic YWxpY2U6c2VjcmV0\r\n"));
}

TEST(HttpClient, ReadsSecretsAnewForEveryRequest) {
  const TempDir dir;
  HttpIdentity identity;
  identity.user = "alice";
  identity.password_file = dir.write("password", "old\n");
  OneAnswer first("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  auto client = HttpClient::open({.url = "http://" + first.address(), .identity = identity});
  ASSERT_TRUE(client);
  dir.write("password", "secret\r\n");
  EXPECT_TRUE(client->get("/"));
  EXPECT_THAT(first.request(), HasSubstr("Authorization: Basic YWxpY2U6c2VjcmV0\r\n"));
  dir.write("password", "");
  EXPECT_THAT(client->get("/").error().message, HasSubstr("password: there is nothing to read"));
}

TEST(HttpClient, PostsWithABearerToken) {
  const TempDir dir;
  HttpIdentity identity;
  identity.bearer_token_file = dir.write("token", "abc.def\n");
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  auto client = HttpClient::open({.url = "http://" + server.address(), .identity = identity});
  const auto answer = client->post_json("/api/v2/alerts", R"([{"a": "b"}])");
  ASSERT_TRUE(answer) << answer.error().message;
  const std::string request = server.request();
  EXPECT_THAT(request, HasSubstr("POST /api/v2/alerts HTTP"));
  EXPECT_THAT(request, HasSubstr("Authorization: Bearer abc.def\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(request, testing::EndsWith(R"([{"a": "b"}])"));
}

TEST(HttpClient, GivesUpWhenItIsTold) {
  const Listener nobody_answers;
  auto client = HttpClient::open(
      {.url = "http://" + nobody_answers.address(), .identity = {}, .is_over = [] { return true; }});
  EXPECT_FALSE(client->get("/"));
}

TEST(HttpClient, TakesNoMoreThanItsLimit) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  auto client = HttpClient::open({.url = "http://" + server.address(), .identity = {}, .bytes_max = 50'000});
  const auto answer = client->get("/");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->is_cut);
  EXPECT_LE(answer->body.size(), 50'000U);
}

TEST(HttpClient, FollowsNobodyElsewhere) {
  OneAnswer server("HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n");
  auto client = HttpClient::open({.url = "http://" + server.address(), .identity = {}});
  EXPECT_EQ(client->get("/")->status, 302);
}

TEST(HttpClient, SaysWhyThereIsNoAnswer) {
  for (const char* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "\r\n\r\n\r\n", "SSH-2.0\r\n"}) {
    OneAnswer server(bytes);
    auto client = HttpClient::open({.url = "http://alice:secret@" + server.address(), .identity = {}});
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

TEST(HttpClient, TellsNoPasswordOfWhatIsNoAddress) {
  for (const char* url :
       {"http://user:s3cret@host:999999", "http://user:s3#cret@host", "http://user:s3/cret@host",
        "user:s3cret@127.0.0.1:9093", "http://user:s3 cret@host"})
    for (const char* part : {"s3", "cret"}) EXPECT_THAT(error_of(url), Not(HasSubstr(part))) << url;
}

TEST(HttpClient, EncodesWhatStandsInAQuery) {
  EXPECT_EQ(url_encoded("{a=\"b c\"}[1h]&\xff"), "%7Ba%3D%22b%20c%22%7D%5B1h%5D%26%FF");
}

}  // namespace
}  // namespace purposewatch
