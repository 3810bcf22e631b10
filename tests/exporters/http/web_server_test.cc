#include "exporters/http/web_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include "exporters/http/agent_pages.h"
#include "tests/exporters/http/http_client.h"
#include "tests/exporters/http/known_password.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

AgentPages ready_pages() {
  AgentPages pages;
  pages.host = "web7";
  pages.version = "0.1.0";
  pages.now = [] { return 1763912400.0; };
  pages.metrics = [] { return std::string{"purposewatch_build_info 1\n"}; };
  pages.health = [] {
    Health health;
    health.ready = true;
    health.backend = "lsm";
    health.policy = {"mmshosting-privacy", "2011-04-24", "abc"};
    return health;
  };
  pages.reload = [] { return Result<void>{}; };
  return pages;
}

std::unique_ptr<WebServer> serve(std::vector<Route> routes, WebServerSettings settings = {}) {
  if (settings.listen_addresses.empty()) settings.listen_addresses = {"127.0.0.1:0"};
  auto server = WebServer::start(settings, std::move(routes));
  EXPECT_TRUE(server.has_value()) << server.error().message;
  return server ? std::move(*server) : nullptr;
}

std::string get(const WebServer& server, const std::string& path, const std::string& headers = "") {
  return fetch(server.urls()[0], "GET", path, headers);
}

TEST(WebServer, ServesThePagesOfTheAgent) {
  const auto server = serve(agent_routes(ready_pages()));
  const std::string metrics = get(*server, "/metrics");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(metrics, EndsWith("\r\n\r\npurposewatch_build_info 1\n"));
  EXPECT_THAT(get(*server, "/"),
              AllOf(HasSubstr("Content-Type: text/html"), HasSubstr("href=\"/metrics\""),
                    HasSubstr("mmshosting-privacy"), HasSubstr("0.1.0"), HasSubstr("ready")));
  EXPECT_THAT(get(*server, "/-/healthy"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get(*server, "/-/ready"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get(*server, "/metrics?name=x"), StartsWith("HTTP/1.1 200"));
}

TEST(WebServer, SaysWhyItIsNotReady) {
  AgentPages pages = ready_pages();
  pages.health = [] {
    Health health;
    health.not_ready_reason = "file_open has not fired <yet>\x1b";
    health.reload_successful = false;
    health.reload_error = "<script>";
    return health;
  };
  const auto server = serve(agent_routes(pages));
  EXPECT_THAT(get(*server, "/-/ready"),
              AllOf(StartsWith("HTTP/1.1 503"), EndsWith("has not fired <yet>\\x1b\n")));
  EXPECT_THAT(get(*server, "/"),
              AllOf(HasSubstr("&lt;yet&gt;"), HasSubstr("&lt;script&gt;"), Not(HasSubstr("\x1b"))));
}

TEST(WebServer, WrongPathsAndMethodsAreRefused) {
  const auto server = serve(agent_routes(ready_pages()));
  EXPECT_THAT(get(*server, "/nothing"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get(*server, "/metrics/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get(*server, "/../etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(fetch(server->urls()[0], "POST", "/metrics", "", "x=1"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET\r\n")));
  EXPECT_THAT(fetch(server->urls()[0], "GET", "/-/reload"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: POST, PUT\r\n")));
  EXPECT_THAT(fetch(server->urls()[0], "BREW", "/"), StartsWith("HTTP/1.1 405"));
}

TEST(WebServer, HeadHasTheHeadersOfGetAndNoBody) {
  const auto server = serve(agent_routes(ready_pages()));
  const std::string head = fetch(server->urls()[0], "HEAD", "/metrics");
  EXPECT_THAT(head,
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Length: 26\r\n"), EndsWith("\r\n\r\n")));
}

TEST(WebServer, ReloadsOnlyWhenThatIsEnabledAndReportsARefusedPolicy) {
  AgentPages pages = ready_pages();
  std::atomic<int> reloads = 0;
  pages.reload = [&]() -> Result<void> {
    if (++reloads == 1) return {};
    return fail("policy.yaml:3:1: error: unknown key");
  };
  const auto closed = serve(agent_routes(pages));
  EXPECT_THAT(fetch(closed->urls()[0], "POST", "/-/reload"), StartsWith("HTTP/1.1 403"));
  EXPECT_EQ(reloads, 0);
  pages.lifecycle = true;
  const auto open = serve(agent_routes(pages));
  EXPECT_THAT(fetch(open->urls()[0], "POST", "/-/reload"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(fetch(open->urls()[0], "PUT", "/-/reload", "", "body"),
              AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("policy.yaml:3:1")));
}

TEST(WebServer, ASlowReloadDelaysNoScrape) {
  AgentPages pages = ready_pages();
  pages.lifecycle = true;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::promise<void> begun;
  pages.reload = [&, released]() -> Result<void> {
    begun.set_value();
    released.wait();
    return {};
  };
  const auto server = serve(agent_routes(pages));
  auto reload = std::async(std::launch::async, [&] { return fetch(server->urls()[0], "POST", "/-/reload"); });
  begun.get_future().wait();
  EXPECT_THAT(get(*server, "/metrics"), StartsWith("HTTP/1.1 200"));
  release.set_value();
  EXPECT_THAT(reload.get(), StartsWith("HTTP/1.1 200"));
}

TEST(WebServer, AnExceptionInAPageIsAnInternalErrorAndNothingMore) {
  AgentPages pages = ready_pages();
  pages.health = []() -> Health { throw std::runtime_error{"secret detail"}; };
  pages.metrics = [] { return std::string{}; };
  const auto server = serve(agent_routes(pages));
  EXPECT_THAT(get(*server, "/"), AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("secret"))));
  EXPECT_THAT(get(*server, "/metrics"), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(get(*server, "/-/healthy"), StartsWith("HTTP/1.1 200"));
}

TEST(WebServer, ListensOnSeveralAddressesAlsoIpv6) {
  WebServerSettings settings;
  settings.listen_addresses = {"127.0.0.1:0", ":0"};
  const bool has_ipv6 = WebServer::start({{"[::1]:0"}, "", {}, {}}, {}).has_value();
  if (has_ipv6) settings.listen_addresses.emplace_back("[::1]:0");
  const auto server = serve(agent_routes(ready_pages()), settings);
  ASSERT_EQ(server->urls().size(), settings.listen_addresses.size());
  const std::string any_port = server->urls()[1].substr(server->urls()[1].rfind(':'));
  EXPECT_THAT(fetch(server->urls()[0], "GET", "/-/healthy"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(fetch("http://127.0.0.1" + any_port, "GET", "/-/healthy"), StartsWith("HTTP/1.1 200"));
  if (!has_ipv6) GTEST_SKIP() << "this host has no IPv6";
  EXPECT_THAT(server->urls()[2], StartsWith("http://[::1]:"));
  EXPECT_THAT(fetch(server->urls()[2], "GET", "/-/healthy"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(fetch("http://[::1]" + any_port, "GET", "/-/healthy"), StartsWith("HTTP/1.1 200"));
}

TEST(WebServer, RefusesToStartOnABadAddressOrConfiguration) {
  const TempDir dir;
  const auto error_of = [](const WebServerSettings& settings) {
    const auto server = WebServer::start(settings, {});
    return server ? "started" : server.error().message;
  };
  EXPECT_THAT(error_of({{"nonsense"}, "", {}}), HasSubstr("nonsense"));
  EXPECT_THAT(error_of({{"127.0.0.1:0"}, dir / "absent.yml", {}}), HasSubstr("absent.yml"));
  EXPECT_THAT(error_of({{"127.0.0.1:0"}, dir.write("bad.yml", "x: 1\n"), {}}), HasSubstr("bad.yml:1:1"));
  EXPECT_THAT(error_of({{"127.0.0.1:0"},
                        dir.write("tls.yml", "tls_server_config: {cert_file: no.crt, key_file: no.key}\n"),
                        {}}),
              HasSubstr("no.crt"));
}

TEST(WebServer, AsksForAPasswordOnEveryPage) {
  const TempDir dir;
  WebServerSettings settings;
  settings.config_file =
      dir.write("web.yml", std::string{"basic_auth_users: {bob: "} + kHashOfHunter2 +
                               "}\nhttp_server_config: {headers: {X-Frame-Options: deny}}\n");
  const auto server = serve(agent_routes(ready_pages()), settings);
  const std::string right = "Authorization: Basic Ym9iOmh1bnRlcjI=\r\n";    // bob:hunter2
  const std::string wrong = "Authorization: Basic Ym9iOmh1bnRlcjM=\r\n";    // bob:hunter3
  const std::string unknown = "Authorization: Basic ZXZlOmh1bnRlcjI=\r\n";  // eve:hunter2
  for (const char* path : {"/", "/metrics", "/-/healthy", "/-/ready", "/-/reload", "/nothing"})
    for (const std::string& headers :
         {std::string{}, wrong, unknown, std::string{"Authorization: Basic !!\r\n"},
          std::string{"Authorization: Bearer x\r\n"}})
      EXPECT_THAT(
          get(*server, path, headers),
          AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("WWW-Authenticate: Basic realm=\"purposewatch\"")))
          << path << " with " << headers;
  for (int time = 0; time < 2; ++time)
    EXPECT_THAT(get(*server, "/metrics", right),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("X-Frame-Options: deny\r\n")));
  EXPECT_THAT(get(*server, "/metrics", wrong), StartsWith("HTTP/1.1 401")) << "also after the right one";
}

TEST(WebServer, OversizedAndBrokenRequestsHurtNobody) {
  const auto server = serve(agent_routes(ready_pages()));
  EXPECT_THAT(get(*server, "/" + std::string(100'000, 'a')), Not(StartsWith("HTTP/1.1 2")));
  EXPECT_THAT(get(*server, "/", "X: " + std::string(100'000, 'a') + "\r\n"), Not(StartsWith("HTTP/1.1 2")));
  EXPECT_THAT(fetch(server->urls()[0], "POST", "/-/reload", "", std::string(1'000'000, 'a')),
              AllOf(Not(StartsWith("HTTP/1.1 2")), Not(HasSubstr("no end"))));
  std::vector<ClientSocket> clients;
  for (const std::string_view bytes :
       {"", "\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n"}) {
    clients.emplace_back(server->urls()[0]);
    clients.back().send(bytes);
    shutdown(clients.back().fd(), SHUT_WR);
  }
  EXPECT_THAT(get(*server, "/-/healthy"), StartsWith("HTTP/1.1 200"));
}

TEST(WebServer, ConcurrentScrapesAllGetAWholeAnswer) {
  AgentPages pages = ready_pages();
  const std::string big(3'000'000, 'x');
  pages.metrics = [&] { return big; };
  const auto server = serve(agent_routes(pages));
  std::vector<std::future<std::string>> scrapes;
  for (int i = 0; i < 16; ++i)
    scrapes.push_back(std::async(std::launch::async, [&] { return get(*server, "/metrics"); }));
  for (auto& scrape : scrapes) EXPECT_THAT(scrape.get().substr(0, 12), StartsWith("HTTP/1.1 200"));
}

TEST(WebServer, AClientThatHangsUpDuringTheAnswerRaisesNoSignal) {
  AgentPages pages = ready_pages();
  pages.metrics = [] { return std::string(20'000'000, 'x'); };
  const auto server = serve(agent_routes(pages));
  for (int i = 0; i < 5; ++i) {
    const ClientSocket client{server->urls()[0]};
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_THAT(get(*server, "/-/healthy"), StartsWith("HTTP/1.1 200"));
}

// `stalled` clients have sent half of what they must; how long does a scrape take beside them?
std::chrono::milliseconds scrape_beside(const WebServer& server, std::size_t stalled, std::string_view half,
                                        const std::function<bool()>& scrape) {
  std::vector<ClientSocket> clients;
  for (std::size_t i = 0; i < stalled; ++i) {
    clients.emplace_back(server.urls()[0]);
    clients.back().send(half);
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(scrape());
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

TEST(WebServer, StalledConnectionsDoNotDelayAScrapeHoweverMany) {
  const auto server = serve(agent_routes(ready_pages()));
  const auto scrape = [&] { return get(*server, "/metrics").starts_with("HTTP/1.1 200"); };
  for (const std::size_t stalled : {200U, 900U}) {  // the second is more than the server holds open
    EXPECT_LT(scrape_beside(*server, stalled, "GET /metrics HTTP/1.1\r\nHos", scrape), 1000ms) << stalled;
  }
}

class TlsServer : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("openssl") || !has_program("curl")) GTEST_SKIP() << "openssl or curl is not installed";
    make_certificate("server", 1);
  }

  // A self-signed certificate for localhost with this serial number.
  void make_certificate(const std::string& name, int serial) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -set_serial " +
        std::to_string(serial) + " -keyout " + (dir_ / (name + ".key.new")) + " -out " +
        (dir_ / (name + ".crt.new"));
    const Output made = run_program(command);
    ASSERT_EQ(made.status, 0) << made.text;
    for (const char* end : {".key", ".crt"})
      std::filesystem::rename(dir_ / (name + end + ".new"), dir_ / (name + end));
  }

  std::unique_ptr<WebServer> serve_tls(const std::string& more = "") {
    WebServerSettings settings;
    settings.config_file =
        dir_.write("web.yml", "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n" + more);
    settings.log = [this](const std::string& line) {
      const std::lock_guard lock{mutex_};
      log_ += line + "\n";
    };
    return serve(agent_routes(ready_pages()), settings);
  }

  Output curl(const WebServer& server, const std::string& options = "") {
    return run_program("curl -sS --max-time 10 --cacert " + (dir_ / "server.crt") + " " + options + " " +
                       server.urls()[0] + "/metrics");
  }

  std::string serial(const WebServer& server) {
    const std::string address = server.urls()[0].substr(8);
    return run_program("openssl s_client -connect " + address +
                       " </dev/null 2>/dev/null | openssl x509 -noout -serial")
        .text;
  }

  TempDir dir_;
  std::mutex mutex_;
  std::string log_;
};

TEST_F(TlsServer, ServesOverTlsAndOnlyOverTls) {
  const auto server = serve_tls();
  EXPECT_THAT(server->urls()[0], StartsWith("https://"));
  EXPECT_EQ(curl(*server).text, "purposewatch_build_info 1\n");
  EXPECT_EQ(curl(*server, "--tls-max 1.2").status, 0);
  EXPECT_NE(curl(*server, "--tls-max 1.1").status, 0);
  EXPECT_THAT(get(*server, "/metrics"), Not(HasSubstr("200 OK"))) << "plain HTTP on the TLS port";
  EXPECT_EQ(curl(*server).status, 0);
}

TEST_F(TlsServer, TheLeastVersionIsKept) {
  const auto server = serve_tls("  min_version: TLS13\n");
  EXPECT_EQ(curl(*server).status, 0);
  EXPECT_NE(curl(*server, "--tls-max 1.2").status, 0);
}

TEST_F(TlsServer, ARenewedCertificateServesTheNextConnection) {
  const auto server = serve_tls();
  EXPECT_EQ(serial(*server), "serial=01\n");
  make_certificate("server", 2);
  EXPECT_EQ(serial(*server), "serial=02\n");
  dir_.write("server.crt", "half written");
  EXPECT_EQ(serial(*server), "serial=02\n") << "a broken file leaves the last good one in use";
  const std::lock_guard lock{mutex_};
  EXPECT_THAT(log_, AllOf(HasSubstr("renewed"), HasSubstr("not renewed: TLS: ")));
}

TEST_F(TlsServer, ClientsMustShowACertificateThatTheClientCaSigned) {
  make_certificate("client", 7);
  make_certificate("stranger", 8);
  const std::string client = "--cert " + (dir_ / "client.crt") + " --key " + (dir_ / "client.key");
  const std::string stranger = "--cert " + (dir_ / "stranger.crt") + " --key " + (dir_ / "stranger.key");
  const std::string ca = "  client_ca_file: client.crt\n  client_auth_type: ";
  {
    const auto server = serve_tls(ca + "RequireAndVerifyClientCert\n");
    EXPECT_EQ(curl(*server, client).text, "purposewatch_build_info 1\n");
    EXPECT_NE(curl(*server, stranger).status, 0);
    EXPECT_NE(curl(*server).status, 0);
  }
  {
    const auto server = serve_tls(ca + "VerifyClientCertIfGiven\n");
    EXPECT_EQ(curl(*server, client).status, 0);
    EXPECT_EQ(curl(*server).status, 0);
    EXPECT_NE(curl(*server, stranger).status, 0);
  }
  const auto server = serve_tls("  client_auth_type: RequireAnyClientCert\n");
  EXPECT_EQ(curl(*server, stranger).status, 0);
  EXPECT_NE(curl(*server).status, 0);
}

TEST_F(TlsServer, PasswordsWorkOverTls) {
  const auto server = serve_tls(std::string{"basic_auth_users: {bob: "} + kHashOfHunter2 + "}\n");
  EXPECT_EQ(curl(*server, "-u bob:hunter2").text, "purposewatch_build_info 1\n");
  EXPECT_EQ(curl(*server, "-u bob:hunter3").text, "unauthorized\n");
}

TEST_F(TlsServer, StalledHandshakesDoNotDelayAScrape) {
  const auto server = serve_tls();
  const auto scrape = [&] { return curl(*server).status == 0; };
  scrape();  // curl itself takes a while to load the first time
  for (const std::string_view half : {std::string_view{}, std::string_view{"\x16\x03\x01\x02\x00\x01", 6}})
    EXPECT_LT(scrape_beside(*server, 200, half, scrape), 1000ms)
        << half.size() << " bytes of the handshake sent";
}

}  // namespace
}  // namespace purposewatch
