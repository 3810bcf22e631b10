// purposewatch status: the running agent, at a glance.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/show_safeguards.h"
#include "exporters/prometheus/metrics.h"
#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"
#include "rules/model/incident.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  std::string state_dir = "/var/lib/purposewatch";
  bool print_metrics = false;
  OutputOptions output;
};

std::string time_text(double seconds) {
  if (seconds <= 0) return "never";
  return moment_text(wall_ns_of_seconds(seconds)) + " UTC";
}

// "2 critical, 1 notice", the worst first.
std::string open_incidents(const Json& store, Style& style) {
  std::string text;
  style = Style::kGood;
  const Json open = store.value("open_incidents", Json::object());
  for (auto severity = kSeverityNames.rbegin(); severity != kSeverityNames.rend(); ++severity) {
    const auto count = open.value(std::string(*severity), std::uint64_t{0});
    if (count == 0) continue;
    if (text.empty()) style = *severity == name_of(Severity::kCritical) ? Style::kBad : Style::kWarning;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, *severity);
  }
  return text.empty() ? "none" : text;
}

std::string stores_table(const Json& stores, bool color) {
  Table table(color);
  table.add_column("STORE");
  table.add_column("PERMITTED", Table::Align::kRight);
  table.add_column("FLAGGED", Table::Align::kRight);
  table.add_column("LAST FLAGGED");
  table.add_column("OPEN INCIDENTS");
  for (const auto& [name, store] : stores.items()) {
    const auto flagged = store.value("flagged", std::uint64_t{0});
    Style style{};
    const std::string open = open_incidents(store, style);
    table.add_row({{name, Style::kStrong},
                   {std::to_string(store.value("permitted", std::uint64_t{0}))},
                   {std::to_string(flagged)},
                   {time_text(store.value("last_flagged_timestamp", 0.0))},
                   {open, style}});
  }
  return table.text();
}

std::string hooks_table(const Json& hooks, bool color) {
  Table table(color);
  table.add_column("HOOK");
  table.add_column("BACKEND");
  table.add_column("STATE");
  table.add_column("LAST SEEN FIRING");
  for (const Json& hook : hooks) {
    const bool up = hook.value("up", false);
    table.add_row({{hook.value("hook", "")},
                   {hook.value("backend", "")},
                   {up ? "up" : "down: " + hook.value("why", ""), up ? Style::kGood : Style::kBad},
                   {time_text(hook.value("fired_timestamp", 0.0))}});
  }
  return table.text();
}

// One line for each thing that somebody has to do something about.
std::string troubles(const Json& status, bool color) {
  std::string text;
  const auto add = [&](const std::string& what) {
    text += "         " + styled(what, Style::kBad, color) + "\n";
  };
  const Json grants = status.value("grants", Json::object());
  for (const auto& [purpose, grant] : grants.items())
    if (const auto count = grant.value("unreviewed", std::uint64_t{0}); count > 0)
      add(fmt::format("break-glass grants for {} to be reviewed: {}", visible_text(purpose), count));
  if (const Json evidence = status.value("evidence", Json::object()); !evidence.value("writable", true))
    add("the evidence cannot be written");
  return text;
}

std::string as_text(const Json& status, bool color) {
  const bool ready = status.value("ready", false);
  const Json policy = status.value("policy", Json::object());
  const Json reload = status.value("reload", Json::object());
  const Json events = status.value("events", Json::object());
  std::uint64_t lost = 0;
  const Json losses = events.value("lost", Json::object());
  for (const auto& [stage, count] : losses.items())
    lost += count.is_number() ? count.get<std::uint64_t>() : 0;
  std::string text = fmt::format(
      "agent    {}, since {}, by {}\n",
      ready ? styled("ready", Style::kGood, color)
            : styled("not ready: " + visible_text(status.value("not_ready_reason", "")), Style::kBad, color),
      time_text(status.value("start_timestamp", 0.0)), visible_text(status.value("backend", "")));
  text += fmt::format("policy   {} {}, sha256 {:.12}\n", visible_text(policy.value("name", "")),
                      visible_text(policy.value("version", "")), policy.value("digest", ""));
  if (const std::string protection = status.value("protection", "off"); protection != "off")
    text += fmt::format("protect  {}\n", styled(visible_text(protection),
                                                protection == "on" ? Style::kGood : Style::kBad, color));
  if (!reload.value("successful", true))
    text += fmt::format("         {} {}\n", styled("last reload was refused:", Style::kBad, color),
                        visible_text(reload.value("error", "")));
  text += troubles(status, color);
  text += fmt::format("accesses {} went up, {} delivered, {} more by their count, {}\n\n",
                      events.value("seen", std::uint64_t{0}), events.value("delivered", std::uint64_t{0}),
                      events.value("suppressed", std::uint64_t{0}),
                      lost == 0 ? styled("none lost", Style::kGood, color)
                                : styled(fmt::format("{} lost", lost), Style::kBad, color));
  return text + stores_table(status.value("stores", Json::object()), color) + "\n" +
         hooks_table(status.value("hooks", Json::array()), color) +
         safeguards_table(status.value("safeguards", Json::array()), color);
}

int show_status(const StatusOptions& options) {
  if (options.print_metrics) {
    std::cout << metrics_reference();
    return kFine;
  }
  int exit_code = kFine;
  const Json status = ask_agent_for_json("status", options.state_dir, "status", exit_code);
  if (status.is_null()) return exit_code;
  if (options.output.json())
    std::cout << json_text(status);
  else
    std::cout << as_text(status, wants_color(options.output));
  return status.value("ready", false) ? kFine : kAnswerIsNo;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "The running agent, at a glance (exit 1: not ready)");
  command->add_option("--state-dir", options->state_dir, "State directory of the agent")
      ->capture_default_str();
  command->add_flag("--print-metrics", options->print_metrics, "Print what each metric is, for people");
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = show_status(*options); });
}

}  // namespace purposewatch
