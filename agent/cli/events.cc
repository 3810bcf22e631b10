// purposewatch events: findings as they happen, from a file, or out of the evidence.
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>

#include "agent/cli/command.h"
#include "agent/cli/evidence_source.h"
#include "agent/cli/output.h"
#include "agent/cli/progress.h"
#include "agent/cli/time_option.h"
#include "agent/control/server.h"
#include "agent/evidence/event_query.h"
#include "agent/evidence/recorded_event.h"
#include "agent/kernel/clock.h"
#include "exporters/terminal/print_events.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct EventsOptions {
  std::string state_dir = "/var/lib/purposewatch";
  std::string from;
  std::optional<std::string> since, until;
  bool is_recorded = false, has_no_index = false;
  EventQuery query;
  OutputOptions output;
};

Result<Descriptor> open_source(const EventsOptions& options) {
  if (options.from.empty()) return ask_agent(options.state_dir, "events");
  if (options.from == "-") return Descriptor(dup(STDIN_FILENO));
  Descriptor file(open(options.from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail("cannot open " + options.from + ": " + std::strerror(errno));
  return file;
}

int show_stream(const EventsOptions& options) {
  auto source = open_source(options);
  if (!source) return complain("events", source.error().message, kCannotRunHere);
  const auto output = options.output.json() ? EventPrinter::Output::kJson : EventPrinter::Output::kTable;
  return print_events(source->get(), STDOUT_FILENO, options.query.filter, output, wants_color(options.output))
             ? kFine
             : kCannotRunHere;
}

// An error: the moments are none, or the wrong way round.
Result<EventQuery> query_of(const EventsOptions& options) {
  EventQuery query = options.query;
  const std::int64_t now_ns = clock_ns(CLOCK_REALTIME);
  for (const auto& [text, moment] :
       {std::pair(&options.since, &query.since_ns), {&options.until, &query.until_ns}}) {
    if (!text->has_value()) continue;
    const auto read = moment_of_text(**text, now_ns);
    if (!read) return tl::unexpected(read.error());
    *moment = *read;
  }
  if (options.since && options.until && query.since_ns > query.until_ns)
    return fail("--since '" + *options.since + "' is later than --until '" + *options.until + "'");
  return query;
}

int show_recorded(const EventsOptions& options) {
  const auto query = query_of(options);
  if (!query) return complain("events", query.error().message, kWrongUsage);
  const auto evidence = evidence_of(options.state_dir);
  if (!evidence) return complain("events", evidence.error().message, kCannotRunHere);
  std::optional<EventIndex> index;
  if (!options.has_no_index) index.emplace(**evidence, index_directory(options.state_dir));

  const bool is_json = options.output.json();
  EventView view(wants_color(options.output));
  if (!is_json) std::cout << view.header() << "\n";
  std::optional<Progress> progress(std::in_place);
  QueryOptions how{.index = index ? &*index : nullptr, .on_progress = [&](std::size_t done, std::size_t all) {
                     if (progress) progress->tell([&] { return reading_evidence_text(done, all); });
                   }};
  const auto done =
      find_records(**evidence, *query, how, [&](const std::string&, const ScannedRecord& record) {
        progress.reset();  // the line belongs to events now
        const auto event = recorded_event(record);
        std::cout << (is_json ? event.dump(-1, ' ', true, Json::error_handler_t::replace) : view.line(event))
                  << "\n";
        return std::cout.good();
      });
  progress.reset();
  std::cout.flush();
  if (index && !index->trouble().empty())
    complain("events", "the index of the evidence cannot be kept, so all was read: " + index->trouble(),
             kFine);
  if (!done) return complain("events", done.error().message, kCannotRunHere);
  return std::cout.good() ? kFine : kCannotRunHere;
}

void add_filters(CLI::App& command, EventFilter& filter) {
  const std::vector<std::string> kinds(kRecordKindNames.begin(), kRecordKindNames.end());
  // Whoever types --client "$NAME" with nothing in it does not want everybody's.
  const CLI::Validator not_empty([](std::string& text) { return text.empty() ? "is empty" : ""; }, "");
  const auto add = [&](EventKey key, const char* help) {
    return command.add_option("--" + std::string(name_of(key)), filter[key], help)->check(not_empty);
  };
  add(EventKey::kStore, "Only this store");
  add(EventKey::kClient, "Only this client");
  add(EventKey::kPerson,
      "Only this person: who has logged in, whatever sudo made of them, else the effective user");
  add(EventKey::kService, "Only this service");
  add(EventKey::kVerdict, "Only this verdict")->check(CLI::IsMember({"flagged", "granted", "permitted"}));
  add(EventKey::kClause, "Only this clause of the policy");
  add(EventKey::kIncident, "Only this incident");
  add(EventKey::kId, "Only the event of this event.id");
  add(EventKey::kTo, "Only ways out to this address, ADDRESS:PORT or path");
  add(EventKey::kKind, "Only this kind of record; without it all but checkpoints, which are one a second")
      ->check(CLI::IsMember(kinds));
}

}  // namespace

void add_events(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EventsOptions>();
  CLI::App* command =
      app.add_subcommand("events", "Findings as they happen, from a file, or out of the evidence");
  command->add_option("--state-dir", options->state_dir, "State directory of the agent")
      ->capture_default_str();
  auto* from = command->add_option("--from", options->from,
                                   "Read NDJSON from this file, or - for stdin, not from the agent");
  command
      ->add_flag(
          "--recorded", options->is_recorded,
          "Read the evidence in the state directory, oldest first; needs no running agent. So do --since, "
          "--until, --limit, --incident, --id and --no-index")
      ->excludes(from);
  command
      ->add_option(
          "--since", options->since,
          "Not before: 2h ago (30d, 12h, 15m, 20s), 2026-11-25, \"2026-11-25 03:00\" (in the host's time "
          "zone or one behind it), or 2026-11-25T03:00:00Z")
      ->excludes(from);
  command->add_option("--until", options->until, "Before this moment")->excludes(from);
  command->add_option("--limit", options->query.limit, "Only so many, the newest")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->excludes(from);
  command
      ->add_flag("--no-index", options->has_no_index, "Read every record, rather than look up where they are")
      ->excludes(from);
  add_filters(*command, options->query.filter);
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] {
    const EventFilter& filter = options->query.filter;
    const bool names_the_past = !filter[EventKey::kIncident].empty() || !filter[EventKey::kId].empty();
    const bool is_recorded = options->is_recorded || options->has_no_index || options->query.limit ||
                             options->since || options->until || (names_the_past && options->from.empty());
    exit_code = is_recorded ? show_recorded(*options) : show_stream(*options);
  });
}

}  // namespace purposewatch
