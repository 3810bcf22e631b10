// purposewatch run: the daemon.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>

#include "agent/cli/command.h"
#include "agent/cli/version.h"
#include "agent/daemon/daemon.h"
#include "agent/daemon/logging.h"
#include "exporters/http_client/client_config.h"
#include "exporters/text/visible_text.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

struct RunOptions {
  DaemonOptions daemon;
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::string pin_dir = "none";
  std::vector<std::string> retention;
  std::string alertmanager_config;
  std::vector<std::string> alert_labels;
};

// "flagged=730d", "operation=forever"; CLI::ValidationError where it is not.
void set_retention(RetentionTimes& times, const std::string& text) {
  const std::size_t sign = text.find('=');
  const std::string name = text.substr(0, sign),
                    time = sign == std::string::npos ? "" : text.substr(sign + 1);
  const auto known = std::find(kRetentionNames.begin(), kRetentionNames.end(), name);
  const auto duration = parse_duration(time);
  if (known == kRetentionNames.end())
    throw CLI::ValidationError("--evidence.retention", fmt::format("'{}' is no class of records: {}", name,
                                                                   fmt::join(kRetentionNames, ", ")));
  if (!duration && time != "forever")
    throw CLI::ValidationError("--evidence.retention",
                               fmt::format("'{}' is no time: 730d, 12h, forever", time));
  times[static_cast<std::size_t>(known - kRetentionNames.begin())] = duration;
}

// "region=eu"; CLI::ValidationError where it is not.
void add_label(std::map<std::string, std::string>& labels, const std::string& text) {
  const std::size_t sign = text.find('=');
  const std::string name = text.substr(0, sign);
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  if (sign == std::string::npos || name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ||
      !std::all_of(name.begin(), name.end(), fits))
    throw CLI::ValidationError("--alertmanager.label",
                               fmt::format("'{}' is no label: instance=web1:9807", visible_text(text)));
  if (name == "alertname" || name == "incident" || sign + 1 == text.size())
    throw CLI::ValidationError(
        "--alertmanager.label",
        fmt::format("'{}': the alert is known by alertname and incident, and no label is empty",
                    visible_text(text)));
  labels[name] = text.substr(sign + 1);
}

int run(const RunOptions& options) {
  if (auto logging = set_up_logging(options.log_level, options.log_format); !logging) {
    std::cerr << "purposewatch run: " << logging.error().message << "\n";
    return kWrongUsage;
  }
  DaemonOptions daemon = options.daemon;
  daemon.build = {kVersion, kRevision};
  if (!options.alertmanager_config.empty()) {
    auto identity = load_client_config(options.alertmanager_config);
    if (!identity) {
      std::cerr << identity.error().message << "\n";
      return kCannotRunHere;
    }
    daemon.alertmanager_identity = std::move(*identity);
  }
  switch (run_daemon(std::move(daemon))) {
    case DaemonEnd::kAsTold:
      break;
    case DaemonEnd::kPolicyRefused:
      return kAnswerIsNo;
    case DaemonEnd::kCannotRunHere:
      return kCannotRunHere;
  }
  return kFine;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Watch this host: the daemon");
  command
      ->add_option("--policy", options->daemon.policy,
                   "Policy file or directory; may be given more than once")
      ->capture_default_str();
  command->add_option("--state-dir", options->daemon.state_dir, "Where the agent keeps its state")
      ->capture_default_str();
  command
      ->add_option("--grants-dir", options->daemon.grants_dir,
                   "Where other systems drop grants as files; need not be there")
      ->capture_default_str();
  command->add_option("--events", options->daemon.events,
                      "Also write findings as NDJSON to this file, or - for stdout");
  command
      ->add_option(
          "--web.listen-address", options->daemon.listen_addresses,
          "Where metrics are served: HOST:PORT, [ADDRESS]:PORT or :PORT; may be given more than once")
      ->capture_default_str();
  command->add_option("--web.config.file", options->daemon.web_config,
                      "TLS and passwords, in the exporter-toolkit's format");
  command->add_flag("--web.enable-lifecycle", options->daemon.lifecycle, "Allow POST /-/reload");
  command
      ->add_option("--backend", options->daemon.backend,
                   "Way into the kernel; auto takes the best that loads")
      ->check(CLI::IsMember({"auto", "lsm", "fentry", "syscalls"}))
      ->capture_default_str();
  command->add_option("--pin-dir", options->pin_dir, "Where programs are pinned; only none is supported yet")
      ->check(CLI::IsMember({"none"}))
      ->capture_default_str();
  command->add_option("--log.level", options->log_level, "Least severe message that is logged")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  command->add_option("--log.format", options->log_format, "Form of the log on stderr")
      ->check(CLI::IsMember({"logfmt", "json"}))
      ->capture_default_str();
  command
      ->add_option(
          "--evidence.retention", options->retention,
          "How long records are kept: CLASS=TIME, as flagged=730d or granted=forever; may be given more "
          "than once")
      ->type_name("CLASS=TIME");
  command->add_option("--alertmanager.url", options->daemon.alertmanagers,
                      "Also tell this Alertmanager of incidents, at once; give every member of a cluster");
  command->add_option("--alertmanager.config.file", options->alertmanager_config,
                      "Passwords, tokens and TLS for that: basic_auth, authorization, tls_config, as in "
                      "Prometheus' configuration");
  command
      ->add_option("--alertmanager.label", options->alert_labels,
                   "A label for those alerts, as instance=web1:9807, which is what Prometheus must call this "
                   "agent; may be given more than once")
      ->type_name("NAME=VALUE");
  command->add_option("--alertmanager.runbook.url", options->daemon.runbook_url,
                      "Where the runbook's page is, for a link in those alerts");
  command->callback([options, &exit_code] {
    for (const std::string& one : options->alert_labels) add_label(options->daemon.alert_labels, one);
    for (const std::string& one : options->retention) set_retention(options->daemon.retention, one);
    exit_code = run(*options);
  });
}

}  // namespace purposewatch
