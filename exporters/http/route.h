// Requests, responses, and which function answers which path.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace purposewatch {

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // others than Content-Type
};

struct Route {
  std::string path;                  // exact
  std::vector<std::string> methods;  // HEAD is answered wherever GET is
  std::function<Response()> answer;  // called on a server's thread; what it throws becomes status 500
  bool is_slow = false;  // may take longer than a scrape should wait: answered on a thread of its own
};

Response text_response(int status, std::string text);

// The route for this path, or null.
const Route* find_route(const std::vector<Route>& routes, const std::string& path);

// Its answer; 404 without a route, 405 for a method that it does not have.
Response answer_request(const Route* route, const std::string& method);

}  // namespace purposewatch
