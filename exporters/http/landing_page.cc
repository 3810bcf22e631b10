// One small page without script, for whoever opens the agent's address in a browser.
#include "exporters/http/agent_pages.h"
#include "exporters/text/encoding.h"

namespace purposewatch {
namespace {

constexpr const char* kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>purposewatch</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6a7a; --paper: #f6f7f9; --card: #fff; --line: #dfe4ea;
  --link: #0b5cad; --good: #18794e; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --soft: #9aa7b6; --paper: #12161c; --card: #1b2129;
  --line: #2e3742; --link: #7db4f0; --good: #4cc38a; --bad: #ff8a7a; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 42rem; margin: 8vh auto; padding: 0 1.25rem; }
h1 { margin: 0; font-size: 1.7rem; letter-spacing: -.02em; }
p.what { margin: .25rem 0 1.75rem; color: var(--soft); }
dl, nav { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: 8rem 1fr; padding: .5rem 1.25rem; }
dt, dd { margin: 0; padding: .45rem 0; overflow-wrap: anywhere; }
dt { color: var(--soft); }
nav a { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .7rem 1.25rem; color: var(--link); text-decoration: none; }
nav a + a { border-top: 1px solid var(--line); }
nav a:hover, nav a:focus-visible { text-decoration: underline; }
nav span { color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); }
small { color: var(--soft); }
</style>
</head>
<body>
<main>
<h1>purposewatch</h1>
<p class="what">Watches which process touches which client data on this host, and for which purpose.</p>
)";

void add_row(std::string& out, const char* name, const std::string& html) {
  out.append("<dt>").append(name).append("</dt><dd>").append(html).append("</dd>\n");
}

void add_link(std::string& out, const char* path, const char* what) {
  out.append("<a href=\"").append(path).append("\">").append(path).append(" <span>").append(what);
  out.append("</span></a>\n");
}

std::string readiness(const Health& health) {
  if (health.ready) return "<strong class=\"good\">ready</strong>: every hook has fired";
  return "<strong class=\"bad\">not ready</strong>: " + html_text(health.not_ready_reason);
}

std::string policy(const Health& health) {
  const PolicyIdentity& policy = health.policy;
  return html_text(policy.name) + " " + html_text(policy.version) + "<br><small>" + html_text(policy.digest) +
         "</small>";
}

}  // namespace

std::string landing_page(const std::string& version, const Health& health, bool lifecycle) {
  std::string out = kHead;
  out += "<dl>\n";
  add_row(out, "State", readiness(health));
  add_row(out, "Policy", policy(health));
  if (!health.reload_successful)
    add_row(out, "Last reload", "<span class=\"bad\">refused</span>: " + html_text(health.reload_error));
  add_row(out, "Backend", html_text(health.backend));
  add_row(out, "Version", html_text(version));
  out += "</dl>\n<nav>\n";
  add_link(out, "/metrics", "for Prometheus");
  add_link(out, "/-/healthy", "is the agent alive?");
  add_link(out, "/-/ready", "does it see every access?");
  out += "</nav>\n<small>";
  out += lifecycle ? "POST /-/reload loads the policy anew." : "SIGHUP loads the policy anew.";
  out += "</small>\n</main>\n</body>\n</html>\n";
  return out;
}

}  // namespace purposewatch
