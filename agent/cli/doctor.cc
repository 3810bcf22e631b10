// purposewatch doctor: what this host lets the agent see. Tries for real: loads each backend for a moment.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/safeguards_here.h"
#include "agent/cli/show_safeguards.h"
#include "agent/cli/sight.h"
#include "agent/control/health_json.h"
#include "agent/kernel/backend.h"
#include "agent/kernel/sensor.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct BackendReport {
  Backend backend;
  bool works = false;
  std::string why_not;
  std::vector<HookStatus> hooks;
};

BackendReport try_backend(Backend backend) {
  BackendReport report{backend, false, {}, {}};
  SensorOptions options;
  options.backend = backend;
  options.ring_bytes = 1U << 16;
  const auto sensor = Sensor::start(options);
  if (!sensor) {
    report.why_not = sensor.error().message;
    return report;
  }
  report.works = true;
  report.hooks = (*sensor)->hooks();
  return report;
}

Json as_json(const KernelFacts& facts, const std::vector<BackendReport>& reports,
             const std::vector<SafeguardHealth>& safeguards, const std::string& chosen) {
  Json json = {{"kernel",
                {{"release", facts.release},
                 {"btf", facts.has_btf},
                 {"bpf_lsm", facts.has_bpf_lsm && facts.lsm_hook_type != 0},
                 {"typed_loads", facts.has_typed_loads},
                 {"ftrace_enabled", facts.ftrace_enabled}}},
               {"backend", chosen},
               {"backends", Json::array()},
               {"safeguards", safeguards_json(safeguards)}};
  for (const BackendReport& report : reports) {
    const Sight sight = sight_of(report.backend, facts);
    Json hooks = Json::array();
    for (const HookStatus& hook : report.hooks)
      hooks.push_back({{"hook", hook.hook}, {"up", hook.is_attached}, {"why", hook.why}});
    json["backends"].push_back({{"backend", name_of(report.backend)},
                                {"works", report.works},
                                {"why_not", report.why_not},
                                {"sees", fmt::format("{}", fmt::join(sight.sees, "; "))},
                                {"misses", fmt::format("{}", fmt::join(sight.misses, "; "))},
                                {"hooks", hooks}});
  }
  return json;
}

std::string as_text(const KernelFacts& facts, const std::vector<BackendReport>& reports,
                    const std::string& chosen, bool color) {
  std::string text =
      fmt::format("kernel {}, {}\n\n", facts.release, facts.has_btf ? "with BTF" : "without BTF");
  for (const BackendReport& report : reports) {
    const Sight sight = sight_of(report.backend, facts);
    text += fmt::format(
        "{:<10}{}\n", name_of(report.backend),
        report.works ? styled("works", Style::kGood, color) : styled("not here", Style::kBad, color));
    if (!report.works) {
      text += fmt::format("          {}\n", report.why_not);
      continue;
    }
    text += fmt::format("  sees    {}\n", fmt::join(sight.sees, "\n          "));
    text += fmt::format("  misses  {}\n", fmt::join(sight.misses, "\n          "));
    for (const HookStatus& hook : report.hooks)
      if (!hook.is_attached)
        text += fmt::format("  {} {}: {}\n", styled("down", Style::kBad, color), hook.hook, hook.why);
  }
  text += chosen.empty() ? "\n" + styled("The agent cannot watch this host.", Style::kBad, color) + "\n"
                         : fmt::format("\nThe agent will use {}.\n", styled(chosen, Style::kStrong, color));
  return text;
}

struct DoctorOptions {
  std::string policy = "/etc/purposewatch/policy.d";
  OutputOptions output;
};

int examine(const DoctorOptions& options) {
  const OutputOptions& output = options.output;
  const std::vector<SafeguardHealth> safeguards = safeguards_here(options.policy);
  const KernelFacts facts = read_kernel_facts();
  std::vector<BackendReport> reports;
  std::string chosen;
  for (Backend backend : kBackends) {
    reports.push_back(try_backend(backend));
    if (reports.back().works && chosen.empty()) chosen = name_of(backend);
  }
  if (output.json())
    std::cout << json_text(as_json(facts, reports, safeguards, chosen));
  else
    std::cout << as_text(facts, reports, chosen, wants_color(output))
              << safeguards_table(safeguards_json(safeguards), wants_color(output));
  if (!chosen.empty()) return kFine;
  return kCannotRunHere;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand("doctor", "What this host lets the agent see (exit 3: nothing)");
  command->add_option("--policy", options->policy, "Whose safeguards are looked at, if it is there")
      ->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = examine(*options); });
}

}  // namespace purposewatch
