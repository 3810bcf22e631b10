// purposewatch review: a person has looked at an incident, or a second one at a break-glass grant.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/show_grants.h"
#include "exporters/text/time_text.h"
#include "rules/model/incident.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct ReviewOptions {
  std::string id, disposition, reference;
  std::string state_dir = "/var/lib/purposewatch";
  bool all = false;
  OutputOptions output;
};

bool is_incident(const std::string& id) {
  return id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string date(const Json& incident, const char* name) {
  return rfc3339(incident.value(name, std::int64_t{0})).substr(0, 19) + "Z";
}

std::string state_of(const Json& incident) {
  const std::uint32_t reopened = incident.value("reopened", 0U);
  if (incident.value("open", false)) return reopened > 0 ? "open again" : "open";
  return incident.value("disposition", "") + ", " + incident.value("reference", "");
}

Style style_of(const Json& incident) {
  if (!incident.value("open", false)) return Style::kFaint;
  return incident.value("severity", "") == name_of(Severity::kCritical) ? Style::kBad : Style::kWarning;
}

// Open ones first, of those the worst first, then the latest.
void sort_incidents(Json& incidents) {
  const auto rank = [](const Json& one) {
    return std::tuple(one.value("open", false), severity_named(one.value("severity", "")),
                      one.value("last_wall_ns", std::int64_t{0}));
  };
  std::sort(incidents.begin(), incidents.end(),
            [&](const Json& a, const Json& b) { return rank(a) > rank(b); });
}

int list_incidents(const ReviewOptions& options) {
  int exit_code = kFine;
  Json answer = ask_agent_for_json("review", options.state_dir, "incidents", exit_code);
  if (answer.is_null()) return exit_code;
  Json incidents = Json::array();
  for (Json& one : answer["incidents"])
    if (options.all || one.value("open", false)) incidents.push_back(std::move(one));
  sort_incidents(incidents);
  if (options.output.json()) {
    std::cout << json_text({{"incidents", incidents}});
    return kFine;
  }
  Table table(wants_color(options.output));
  for (const char* name : {"INCIDENT", "SEVERITY", "STORE", "WHO", "PROGRAM", "REASON"})
    table.add_column(name);
  table.add_column("COUNT", Table::Align::kRight);
  for (const char* name : {"LAST", "STATE"}) table.add_column(name);
  for (const Json& one : incidents)
    table.add_row({{one.value("incident", ""), Style::kStrong},
                   {one.value("severity", ""), style_of(one)},
                   {one.value("store", "")},
                   {one.value("who", "")},
                   {one.value("executable", "")},
                   {one.value("reason", "")},
                   {std::to_string(one.value("count", std::uint64_t{0}))},
                   {date(one, "last_wall_ns")},
                   {state_of(one)}});
  std::cout << (incidents.empty() ? "no open incidents\n" : table.text());
  return kFine;
}

int review_incident(const ReviewOptions& options) {
  if (options.disposition.empty() || options.reference.empty())
    return complain(
        "review",
        "of an incident, --disposition and --reference say what it was and where that is written up",
        kWrongUsage);
  int exit_code = kFine;
  const Json request = {
      {"incident", options.id}, {"disposition", options.disposition}, {"reference", options.reference}};
  const Json answer = ask_agent_for_json(
      "review", options.state_dir,
      "review-incident " + request.dump(-1, ' ', true, Json::error_handler_t::replace), exit_code);
  if (answer.is_null()) return exit_code;
  const Json& incident = answer["incident"];
  std::cout << (options.output.json() ? json_text(incident)
                                      : "reviewed " + options.id + " on " + incident.value("store", "") +
                                            ": " + state_of(incident) + "\n");
  return kFine;
}

int review_grant(const ReviewOptions& options) {
  int exit_code = kFine;
  const Json answer = ask_agent_for_json("review", options.state_dir, "review " + options.id, exit_code);
  if (answer.is_null()) return exit_code;
  std::cout << (options.output.json() ? json_text(answer["grant"])
                                      : "reviewed " + grant_sentence(answer["grant"]) + "\n");
  return kFine;
}

int review(const ReviewOptions& options) {
  if (options.id.empty()) return list_incidents(options);
  return is_incident(options.id) ? review_incident(options) : review_grant(options);
}

}  // namespace

void add_review(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ReviewOptions>();
  CLI::App* command = app.add_subcommand("review", "say what an incident was; or close a break-glass grant");
  command->add_option(
      "ID", options->id,
      "the incident; or the break-glass grant, which somebody else had asked for; none: list the "
      "open incidents");
  command->add_option("--disposition", options->disposition, "what the incident was")
      ->check(CLI::IsMember(std::vector<std::string>(kDispositionNames.begin(), kDispositionNames.end())));
  command->add_option("--reference", options->reference, "the ticket where that is written up");
  command->add_flag("--all", options->all, "list those, too, that were reviewed");
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = review(*options); });
}

}  // namespace purposewatch
