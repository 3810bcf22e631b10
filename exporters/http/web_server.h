// The HTTP(S) server: listens, authenticates, and answers from a table of routes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exporters/http/route.h"
#include "rules/base/result.h"

namespace purposewatch {

struct WebServerSettings {
  std::vector<std::string>
      listen_addresses;     // "127.0.0.1:9807", "[::1]:9807", ":9807"; port 0 takes a free one
  std::string config_file;  // --web.config.file; empty: plain HTTP, no passwords
  std::function<void(const std::string&)> log;  // one line for the operator; called on the server's threads
  unsigned connections_max = 512;               // at once, of all addresses together; each holds a descriptor
};

// Serves from threads of its own, one for each address, and one more for slow answers. Signals are left to
// the caller's threads.
class WebServer {
 public:
  // Fails when an address cannot be listened on or the configuration is not good.
  static Result<std::unique_ptr<WebServer>> start(const WebServerSettings& settings,
                                                  std::vector<Route> routes);

  // Ends at once, but for the slow answers under way.
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  // Where it really listens: "https://[::1]:9807".
  const std::vector<std::string>& urls() const { return urls_; }
  // Nobody is answered without a password, or a certificate that somebody has signed for it.
  bool asks_who() const { return asks_who_; }

 private:
  struct Parts;
  WebServer();

  std::unique_ptr<Parts> parts_;
  std::vector<std::string> urls_;
  bool asks_who_ = false;
};

}  // namespace purposewatch
