#include "exporters/http/route.h"

#include <algorithm>
#include <exception>

namespace purposewatch {

Response text_response(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text)};
}

const Route* find_route(const std::vector<Route>& routes, const std::string& path) {
  const auto route =
      std::find_if(routes.begin(), routes.end(), [&](const Route& r) { return r.path == path; });
  return route == routes.end() ? nullptr : &*route;
}

Response answer_request(const Route* route, const std::string& method) {
  if (route == nullptr) return text_response(404, "no such page\n");
  const std::string as_get = method == "HEAD" ? "GET" : method;
  if (std::find(route->methods.begin(), route->methods.end(), as_get) == route->methods.end()) {
    std::string allowed;
    for (const std::string& known : route->methods) allowed += (allowed.empty() ? "" : ", ") + known;
    Response refusal = text_response(405, "method not allowed: use " + allowed + "\n");
    refusal.headers.emplace_back("Allow", allowed);
    return refusal;
  }
  try {
    return route->answer();
  } catch (const std::exception&) {
    return text_response(500, "internal error\n");
  }
}

}  // namespace purposewatch
