// What every listener of a server serves: routes behind passwords, with the configured headers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporters/http/password_check.h"
#include "exporters/http/route.h"
#include "exporters/http/slow_lane.h"
#include "exporters/http/web_config.h"

namespace purposewatch {

struct Request {
  std::string method;
  std::string path;
  std::optional<Credentials> credentials;
};

// Safe to use from several threads.
class Site {
 public:
  Site(std::vector<Route> routes, WebConfig config);

  // Will answer() take microseconds? Otherwise it belongs on the slow lane.
  bool answers_at_once(const Request& request) const;
  Response answer(const Request& request);

  SlowLane& slow_lane() { return slow_lane_; }

 private:
  bool may_enter(const Request& request);

  const std::vector<Route> routes_;
  const std::vector<std::pair<std::string, std::string>> headers_;
  PasswordCheck passwords_;
  SlowLane slow_lane_;
};

}  // namespace purposewatch
