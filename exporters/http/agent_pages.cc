#include "exporters/http/agent_pages.h"

#include <memory>

#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kMetrics = "text/plain; version=0.0.4; charset=utf-8";

Response metrics_page(const AgentPages& pages) {
  std::string text = pages.metrics();
  if (text.empty()) return text_response(500, "the metrics cannot be had now\n");
  return {200, kMetrics, std::move(text)};
}

Response ready_page(const AgentPages& pages) {
  const Health health = pages.health();
  if (health.ready) return text_response(200, "ready\n");
  return text_response(503, "not ready: " + visible_text(health.not_ready_reason, Backslash::kKeep) + "\n");
}

template <class Page>
Response html_page(const AgentPages& pages, Page page) {
  const Health health = pages.health();
  return {200, kHtml, page(PageSubject{pages.host, pages.version, health, pages.now()})};
}

Response reload_page(const AgentPages& pages) {
  if (!pages.lifecycle)
    return text_response(403, "reload over HTTP is off: start with --web.enable-lifecycle\n");
  const Result<void> result = pages.reload();
  if (result) return text_response(200, "reloaded\n");
  return text_response(500, "not reloaded: " + visible_text(result.error().message, Backslash::kKeep) + "\n");
}

}  // namespace

std::vector<Route> agent_routes(AgentPages pages) {
  const auto shared = std::make_shared<const AgentPages>(std::move(pages));
  return {
      {"/metrics", {"GET"}, [shared] { return metrics_page(*shared); }},
      {"/",
       {"GET"},
       [shared] { return html_page(*shared, [&](auto of) { return landing_page(of, shared->lifecycle); }); }},
      {"/status",
       {"GET"},
       [shared] { return html_page(*shared, [](auto of) { return status_page(of, true); }); }},
      {"/status/still",
       {"GET"},
       [shared] { return html_page(*shared, [](auto of) { return status_page(of, false); }); }},
      {"/-/healthy", {"GET"}, [] { return text_response(200, "healthy\n"); }},
      {"/-/ready", {"GET"}, [shared] { return ready_page(*shared); }},
      {"/-/reload", {"POST", "PUT"}, [shared] { return reload_page(*shared); }, true},
  };
}

}  // namespace purposewatch
