// purposewatch status: the running agent, at a glance.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "exporters/text/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  std::string state_dir = "/var/lib/purposewatch";
  OutputOptions output;
};

std::string time_text(double seconds) {
  if (seconds <= 0) return "never";
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string stores_table(const Json& stores, bool color) {
  Table table(color);
  table.add_column("STORE");
  table.add_column("PERMITTED", Table::Align::kRight);
  table.add_column("FLAGGED", Table::Align::kRight);
  table.add_column("LAST FLAGGED");
  for (const auto& [name, store] : stores.items()) {
    const auto flagged = store.value("flagged", std::uint64_t{0});
    table.add_row({{name, Style::kStrong},
                   {std::to_string(store.value("permitted", std::uint64_t{0}))},
                   {std::to_string(flagged), flagged > 0 ? Style::kBad : Style::kGood},
                   {time_text(store.value("last_flagged_timestamp", 0.0))}});
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
  if (!reload.value("successful", true))
    text += fmt::format("         {} {}\n", styled("last reload was refused:", Style::kBad, color),
                        visible_text(reload.value("error", "")));
  text += fmt::format("accesses {} went up, {} delivered, {}\n\n", events.value("seen", std::uint64_t{0}),
                      events.value("delivered", std::uint64_t{0}),
                      lost == 0 ? styled("none lost", Style::kGood, color)
                                : styled(fmt::format("{} lost", lost), Style::kBad, color));
  return text + stores_table(status.value("stores", Json::object()), color) + "\n" +
         hooks_table(status.value("hooks", Json::array()), color);
}

int show_status(const StatusOptions& options) {
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
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = show_status(*options); });
}

}  // namespace purposewatch
