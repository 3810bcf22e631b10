#include "exporters/http/web_server.h"

#include <algorithm>
#include <csignal>

#include "exporters/http/listener.h"
#include "exporters/http/web_config.h"

namespace purposewatch {
namespace {

// Threads started meanwhile take no signals: those are for the agent's own loop.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

struct WebServer::Parts {
  std::unique_ptr<TlsIdentity> tls;
  std::unique_ptr<Site> site;
  std::vector<std::unique_ptr<Listener>> listeners;  // end first
};

WebServer::WebServer() : parts_(std::make_unique<Parts>()) {}

WebServer::~WebServer() {
  if (parts_->site) parts_->site->slow_lane().finish();
}

Result<std::unique_ptr<WebServer>> WebServer::start(const WebServerSettings& settings,
                                                    std::vector<Route> routes) {
  WebConfig config;
  if (!settings.config_file.empty()) {
    Result<WebConfig> loaded = load_web_config(settings.config_file);
    if (!loaded) return tl::make_unexpected(loaded.error());
    config = std::move(*loaded);
  }
  std::unique_ptr<WebServer> server{new WebServer};
  Parts& parts = *server->parts_;
  if (config.tls) {
    auto tls = TlsIdentity::open(*config.tls, settings.log);
    if (!tls) return tl::make_unexpected(tls.error());
    parts.tls = std::move(*tls);
  }
  const bool has_known_clients = config.tls && config.tls->client_auth == ClientAuth::kRequireAndVerify;
  server->asks_who_ = !config.users.empty() || has_known_clients;
  const SignalsBlocked signals_blocked;
  parts.site = std::make_unique<Site>(std::move(routes), std::move(config));
  const auto share = static_cast<unsigned>(std::max<std::size_t>(settings.listen_addresses.size(), 1));
  for (const std::string& address : settings.listen_addresses) {
    Result<ListenSocket> socket = listen_on(address);
    if (!socket) return tl::make_unexpected(socket.error());
    server->urls_.push_back((parts.tls ? "https://" : "http://") + socket->address);
    auto listener = Listener::start(*socket, *parts.site, parts.tls.get(),
                                    std::max(settings.connections_max / share, 1U));
    if (!listener) return tl::make_unexpected(listener.error());
    parts.listeners.push_back(std::move(*listener));
  }
  return server;
}

}  // namespace purposewatch
