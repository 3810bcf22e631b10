// purposewatch run: the daemon.
#include <iostream>
#include <memory>

#include "agent/cli/command.h"
#include "agent/cli/version.h"
#include "agent/daemon/daemon.h"
#include "agent/daemon/logging.h"

namespace purposewatch {
namespace {

struct RunOptions {
  DaemonOptions daemon;
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::string pin_dir = "none";
};

int run(const RunOptions& options) {
  if (auto logging = set_up_logging(options.log_level, options.log_format); !logging) {
    std::cerr << "purposewatch run: " << logging.error().message << "\n";
    return kWrongUsage;
  }
  DaemonOptions daemon = options.daemon;
  daemon.build = {kVersion, kRevision};
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
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace purposewatch
