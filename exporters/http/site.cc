#include "exporters/http/site.h"

#include <algorithm>

namespace purposewatch {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Ours unless the configuration says otherwise: nothing here is for other sites, caches or scripts.
Headers with_defaults(Headers configured) {
  const Headers defaults = {
      {"X-Content-Type-Options", "nosniff"},
      {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"},
      {"Cache-Control", "no-store"}};
  for (const auto& header : defaults) {
    const auto same_name = [&](const auto& other) { return other.first == header.first; };
    if (std::none_of(configured.begin(), configured.end(), same_name)) configured.push_back(header);
  }
  return configured;
}

}  // namespace

Site::Site(std::vector<Route> routes, WebConfig config)
    : routes_(std::move(routes)),
      headers_(with_defaults(std::move(config.headers))),
      passwords_(std::move(config.users)) {}

bool Site::answers_at_once(const Request& request) const {
  if (passwords_.is_required()) {
    if (!request.credentials) return true;  // refused without looking further
    if (!passwords_.was_verified(*request.credentials)) return false;
  }
  const Route* route = find_route(routes_, request.path);
  return route == nullptr || !route->is_slow;
}

Response Site::answer(const Request& request) {
  Response response;
  if (may_enter(request)) {
    response = answer_request(find_route(routes_, request.path), request.method);
  } else {
    response = text_response(401, "unauthorized\n");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"purposewatch\", charset=\"UTF-8\"");
  }
  response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
  return response;
}

bool Site::may_enter(const Request& request) {
  if (!passwords_.is_required()) return true;
  if (!request.credentials) return false;
  return passwords_.was_verified(*request.credentials) || passwords_.verify(*request.credentials);
}

}  // namespace purposewatch
