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
#include "rules/base/visible_text.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

struct RunOptions {
  DaemonOptions daemon;
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::string pin_dir = "auto";
  std::string canary_interval = "30s";
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

// No longer than what the alert on it waits for; CLI::ValidationError where it is not.
std::chrono::seconds canary_interval(const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration || *duration < std::chrono::seconds(1) || *duration > std::chrono::seconds(60))
    throw CLI::ValidationError("--canary.interval",
                               fmt::format("'{}' is no time from 1s to 60s", visible_text(text)));
  return *duration;
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

// Agents with other state directories are tests, mostly, and none of them may find what another one left.
std::string place_to_pin(const std::string& option, const std::string& state_dir) {
  if (option == "none") return "";
  if (option != "auto") return option;
  return state_dir == DaemonOptions{}.state_dir ? "/sys/fs/bpf/purposewatch" : "";
}

int run(const RunOptions& options) {
  if (auto logging = set_up_logging(options.log_level, options.log_format); !logging) {
    complain("run", logging.error().message, kWrongUsage);
    return kWrongUsage;
  }
  DaemonOptions daemon = options.daemon;
  daemon.build = {kVersion, kRevision};
  daemon.pin_dir = place_to_pin(options.pin_dir, daemon.state_dir);
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
  command->add_option(
      "--policy-key", options->daemon.policy_key,
      "Ed25519 public key in PEM; each policy file needs its signature beside it, FILE.sig, and the "
      "policy a serial that never goes back");
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
  command
      ->add_option("--canary.interval", options->canary_interval,
                   "How often the agent looks whether it sees, by a process that acts on a decoy; 1s to 60s")
      ->capture_default_str();
  command->add_flag("--protect", options->daemon.protects,
                    "Have the kernel refuse what would harm the agent, until `purposewatch unlock`; only the "
                    "backend lsm can");
  command
      ->add_option(
          "--pin-dir", options->pin_dir,
          "Directory in a BPF file system where the sensor stays while no agent runs, or none; auto is "
          "/sys/fs/bpf/purposewatch with the usual state directory, or else none")
      ->check([](const std::string& value) {
        return value == "auto" || value == "none" || value.starts_with('/')
                   ? ""
                   : "it must be an absolute path, auto or none";
      })
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
    options->daemon.canary_interval = canary_interval(options->canary_interval);
    exit_code = run(*options);
  });
}

}  // namespace purposewatch
