// purposewatch events: findings as they happen, or from a file.
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>

#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/control/server.h"
#include "exporters/terminal/print_events.h"
#include "exporters/text/visible_text.h"

namespace purposewatch {
namespace {

struct EventsOptions {
  std::string state_dir = "/var/lib/purposewatch";
  std::string from;
  EventFilter filter;
  OutputOptions output;
};

Result<Descriptor> open_source(const EventsOptions& options) {
  if (options.from.empty()) return ask_agent(options.state_dir, "events");
  if (options.from == "-") return Descriptor(dup(STDIN_FILENO));
  Descriptor file(open(options.from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail("cannot open " + options.from + ": " + std::strerror(errno));
  return file;
}

int show_events(const EventsOptions& options) {
  auto source = open_source(options);
  if (!source) {
    std::cerr << "purposewatch events: " << visible_text(source.error().message) << "\n";
    return kCannotRunHere;
  }
  const auto output = options.output.json() ? EventPrinter::Output::kJson : EventPrinter::Output::kTable;
  return print_events(source->get(), STDOUT_FILENO, options.filter, output, wants_color(options.output))
             ? kFine
             : kCannotRunHere;
}

}  // namespace

void add_events(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EventsOptions>();
  CLI::App* command = app.add_subcommand("events", "Findings as they happen, or from a file");
  command->add_option("--state-dir", options->state_dir, "State directory of the agent")
      ->capture_default_str();
  command->add_option("--from", options->from,
                      "Read NDJSON from this file, or - for stdin, not from the agent");
  command->add_option("--store", options->filter.store, "Only this store");
  command->add_option("--client", options->filter.client, "Only this client");
  command->add_option("--verdict", options->filter.verdict, "Only this verdict")
      ->check(CLI::IsMember({"flagged", "granted", "permitted"}));
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = show_events(*options); });
}

}  // namespace purposewatch
