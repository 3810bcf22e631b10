// purposewatch explain: why is an access permitted, or why not?
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/coverage.h"
#include "agent/cli/output.h"
#include "agent/cli/recorded_finding.h"
#include "agent/cli/show_diagnostics.h"
#include "agent/control/server.h"
#include "agent/grants/grant_json.h"
#include "agent/kernel/clock.h"
#include "agent/subject/proc_subject.h"
#include "agent/subject/users.h"
#include "rules/base/result.h"
#include "rules/base/visible_text.h"
#include "rules/explanation.h"
#include "rules/language/policy.h"
#include "rules/language/port_pattern.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

struct ExplainOptions {
  std::vector<std::string> policies{"/etc/purposewatch/policy.d"};
  std::string path, exe, script, user, group, unit, owner, access = "read", at;
  std::vector<std::string> parents;
  std::optional<std::uint32_t> pid;
  std::string event, from, coverage;
  std::string state_dir = "/var/lib/purposewatch";
  OutputOptions output;
};

// The path as the kernel would see it: links followed, as far as it exists.
std::string resolved(const std::string& path) {
  std::error_code error;
  std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  if (error) real = std::filesystem::path(path).lexically_normal();
  std::string text = real.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

Result<std::uint32_t> known_user(const std::string& name) {
  if (const auto id = user_id(name)) return *id;
  return fail("this host knows no user '" + name + "'");
}

std::string program_named(const RuleSet& rules, const std::string& path) {
  for (const Service& service : rules.services)
    for (const std::string& exe : service.exe)
      if (exe == path) return exe;
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? program_of_file(rules, status.st_dev, status.st_ino)
                                            : std::string();
}

std::string script_or_named(const RuleSet& rules, const std::string& path) {
  for (const Service& service : rules.services)
    for (const std::string& script : service.script)
      if (script == path) return script;
  return script_named(rules, path);
}

Result<Subject> subject_of(const ExplainOptions& options, const RuleSet& rules) {
  if (options.pid) return read_proc_subject("/proc", *options.pid, rules);
  Subject subject;
  subject.uid = subject.euid = kUnsetId;
  subject.executable = options.exe;
  if (!options.exe.empty()) subject.program = program_named(rules, options.exe);
  subject.script_path = options.script;
  if (!options.script.empty()) subject.script = script_or_named(rules, options.script);
  for (const std::string& parent : options.parents)
    for (const std::string& program : {program_named(rules, parent), script_or_named(rules, parent)})
      if (!program.empty()) subject.ancestor_programs.push_back(program);
  subject.unit = options.unit;
  subject.gid = kUnsetId;
  subject.group = options.group;
  if (const auto id = group_id(options.group)) {
    subject.gid = *id;
    if (const std::string name = group_name(*id); !name.empty()) subject.group = name;
  }
  if (options.user.empty()) return subject;
  subject.user = options.user;
  // A policy may speak of users that only its own host knows: the name alone then has to do.
  if (const auto id = user_id(options.user)) {
    subject.uid = subject.euid = *id;
    if (const std::string name = user_name(*id); !name.empty()) subject.user = name;
  }
  return subject;
}

Result<Access> access_of(const ExplainOptions& options) {
  Access access;
  access.kind = access_kind_named(options.access).value_or(AccessKind::kRead);
  if (access.kind == AccessKind::kConnect && options.path.rfind("tcp:", 0) == 0) {
    const auto port = parse_port_pattern(options.path, {});
    if (!port) return fail("'" + options.path + "' " + port.error());
    if (!port->address) return fail("'" + options.path + "' is a pattern; one connects to one address");
    access.endpoint = Endpoint{.address = *port->address, .port = port->port, .is_local = true};
    return access;
  }
  access.path = resolved(options.path);
  if (!options.owner.empty()) {
    const auto owner = known_user(options.owner);
    if (!owner) return tl::make_unexpected(owner.error());
    access.owner_uid = *owner;
    return access;
  }
  struct stat status {};
  if (::stat(access.path.c_str(), &status) == 0) access.owner_uid = status.st_uid;
  return access;
}

Result<std::int64_t> moment_of(const ExplainOptions& options) {
  using std::chrono::nanoseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  if (options.at.empty()) return std::chrono::duration_cast<nanoseconds>(now).count();
  const auto moment = parse_moment(options.at);
  if (!moment) return fail("'" + options.at + "' " + moment.error());
  return moment->ns;
}

std::string name_of_target(const Access& access) {
  return access.endpoint ? to_string(*access.endpoint) : access.path;
}

nlohmann::ordered_json as_json(const Explanation& explanation, const Access& access, const Subject& subject) {
  const Verdict& verdict = explanation.verdict;
  auto services = nlohmann::ordered_json::array();
  for (const ServiceExplanation& one : explanation.services)
    services.push_back({{"service", one.service},
                        {"failed", name_of(one.failed)},
                        {"sentence", one.sentence},
                        {"permits", one.permits}});
  auto parents = nlohmann::ordered_json::array();
  for (const std::string& program : subject.ancestor_programs) parents.push_back(program);
  return {{"path", visible_text(name_of_target(access))},
          {"access", name_of(access.kind)},
          {"executable", visible_text(subject.executable)},
          {"program", subject.program},
          {"script", visible_text(subject.script_path)},
          {"parents", std::move(parents)},
          {"user", subject.user},
          {"group", subject.group},
          {"unit", visible_text(subject.unit)},
          {"store", verdict.store},
          {"pattern", explanation.pattern},
          {"excepted", explanation.excepted},
          {"client", visible_text(verdict.client)},
          {"services", std::move(services)},
          {"verdict", name_of(verdict.outcome)},
          {"reason", name_of(verdict.reason)},
          {"service", verdict.service},
          {"permit", verdict.permit},
          {"grant", verdict.grant},
          {"purpose", verdict.purpose},
          {"clause", verdict.clause},
          {"summary", visible_text(summary_of(explanation))}};
}

std::string who(const Subject& subject) {
  const auto or_else = [](const std::string& text, const char* otherwise) {
    return text.empty() ? otherwise : text;
  };
  const std::string script = subject.script_path.empty() ? "" : " running " + subject.script_path;
  return or_else(subject.executable, "an unnamed program") + script + " as " +
         or_else(subject.user, "an unnamed user") + " in " + or_else(subject.unit, "no unit");
}

std::string verdict_line(const Explanation& explanation, bool color) {
  const Outcome outcome = explanation.verdict.outcome;
  const Style style = outcome == Outcome::kFlagged ? Style::kBad : Style::kGood;
  std::string line = styled(visible_text(summary_of(explanation)), style, color);
  if (!explanation.verdict.purpose.empty()) line += " for " + explanation.verdict.purpose;
  if (!explanation.verdict.clause.empty()) line += " [" + explanation.verdict.clause + "]";
  return line + "\n";
}

// A service that the subject is, or nearly is.
std::string service_text(const ServiceExplanation& one, bool color) {
  if (one.failed == Reason::kUnknownService) return {};
  const bool is_match = one.failed == Reason::kNone;
  std::string text = "  " + styled(is_match ? "yes" : "no ", is_match ? Style::kGood : Style::kFaint, color) +
                     "  " + visible_text(one.sentence) + "\n";
  for (const std::string& permit : one.permits) text += "         permit " + permit + "\n";
  if (is_match && one.permits.empty()) text += "         no permit for this store\n";
  return text;
}

// The services that run other programs, by name: nothing more can be said about them.
std::string unrelated_services(const Explanation& explanation) {
  std::string names;
  for (const ServiceExplanation& one : explanation.services)
    if (one.failed == Reason::kUnknownService) names += (names.empty() ? "" : ", ") + one.service;
  return names;
}

std::string as_text(const Explanation& explanation, const Access& access, const Subject& subject,
                    bool color) {
  const Verdict& verdict = explanation.verdict;
  const auto row = [](const char* name, const std::string& value) {
    return name + std::string(9 - std::string_view(name).size(), ' ') + visible_text(value) + "\n";
  };
  std::string text = row("access", std::string(name_of(access.kind)) + " " + name_of_target(access)) +
                     row("who", who(subject));
  if (!verdict.store.empty()) text += row("store", verdict.store + " by " + explanation.pattern);
  if (!verdict.client.empty()) text += row("client", verdict.client);
  for (const auto& [name, value] : verdict.captures) text += row(name.substr(0, 8).c_str(), value);
  for (const ServiceExplanation& one : explanation.services) text += service_text(one, color);
  const std::string others = unrelated_services(explanation);
  if (!others.empty())
    text += styled("  no   its program is none of: " + others, Style::kFaint, color) + "\n";
  return text + verdict_line(explanation, color);
}

int show(const ExplainOptions& options, const Explanation& explanation, const Access& access,
         const Subject& subject) {
  std::cout << (options.output.json() ? json_text(as_json(explanation, access, subject))
                                      : as_text(explanation, access, subject, wants_color(options.output)));
  return explanation.verdict.outcome == Outcome::kFlagged ? kAnswerIsNo : kFine;
}

// Judged by the policy as it is now; where that answers otherwise, both are said.
int explain_event(const ExplainOptions& options, const RuleSet& rules) {
  const auto event = options.from.empty() ? find_recorded_event(options.state_dir, options.event)
                                          : find_event(options.from, options.event);
  if (!event) return complain("explain", event.error().message, kCannotRunHere);
  const auto recorded = recorded_finding(*event, rules);
  if (!recorded) return complain("explain", recorded.error().message, kWrongUsage);
  const Explanation explanation = explain(rules, recorded->access, recorded->subject, recorded->wall_ns);
  const std::string verdict(name_of(explanation.verdict.outcome));
  const std::string reason(explanation.verdict.reason == Reason::kNone ? ""
                                                                       : name_of(explanation.verdict.reason));
  if (!options.output.json() && (verdict != recorded->verdict || reason != recorded->reason))
    std::cout << visible_text("recorded " + recorded->verdict +
                              (recorded->reason.empty() ? "" : " " + recorded->reason) + " by policy " +
                              recorded->policy_version + ", sha256 " + recorded->policy_digest.substr(0, 12) +
                              "; by this one, and without grants, limits and the file's owner:")
              << "\n";
  return show(options, explanation, recorded->access, recorded->subject);
}

// Those of the agent that runs here; none, when none does.
Grants grants_of_agent(const ExplainOptions& options) {
  const auto connection = ask_agent(options.state_dir, "grants");
  const auto answer = connection ? read_answer(*connection) : Result<std::string>(fail("no agent"));
  if (!answer) return {};
  const auto json = nlohmann::ordered_json::parse(*answer, nullptr, false);
  std::vector<Grant> grants;
  if (json.is_object())
    for (const auto& one : json.value("grants", nlohmann::ordered_json::array()))
      if (auto stored =
              grant_from_json(one.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)))
        grants.push_back(std::move(stored->grant));
  return Grants(std::move(grants));
}

int run_explain(const ExplainOptions& options) {
  const LoadedPolicy loaded = load_policy(options.policies);
  if (!loaded.rules) {
    std::cerr << diagnostics_text(loaded.diagnostics, options.output);
    return kAnswerIsNo;
  }
  if (!options.event.empty()) return explain_event(options, *loaded.rules);
  if (!options.coverage.empty())
    return show_coverage(*loaded.rules, resolved(options.coverage), options.output);
  if (options.path.empty()) throw CLI::RequiredError("PATH, --event or --coverage");
  if (!options.pid && options.exe.empty() && options.user.empty() && options.unit.empty())
    throw CLI::RequiredError("--exe, --user, --unit or --pid");
  const auto subject = subject_of(options, *loaded.rules);
  if (!subject) return complain("explain", subject.error().message, kWrongUsage);
  const auto access = access_of(options);
  if (!access) return complain("explain", access.error().message, kWrongUsage);
  const auto now_ns = moment_of(options);
  if (!now_ns) return complain("explain", now_ns.error().message, kWrongUsage);
  const Grants grants = grants_of_agent(options);
  const auto boot_ns = static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME));
  const Explanation explanation = explain(*loaded.rules, *access, *subject, {*now_ns, boot_ns, &grants});
  return show(options, explanation, *access, *subject);
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand("explain", "why an access is or is not permitted");
  auto* path = command->add_option(
      "PATH", options->path, "the file, directory or socket touched; for connect also tcp:ADDRESS:PORT");
  auto* event = command->add_option("--event", options->event, "instead: a recorded finding, by its event.id")
                    ->excludes(path);
  command
      ->add_option("--from", options->from,
                   "look for it in this file of NDJSON, or - for stdin, not in the evidence")
      ->needs(event);
  command
      ->add_option("--coverage", options->coverage,
                   "instead: which store covers what is below this directory")
      ->excludes(path)
      ->excludes(event);
  command->add_option("--policy", options->policies, "policy file or directory; repeatable")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--access", options->access, "what is done to it")
      ->check(CLI::IsMember(std::vector<std::string>(kAccessKindNames.begin(), kAccessKindNames.end())))
      ->capture_default_str();
  auto* pid = command->add_option("--pid", options->pid, "who: a running process");
  command->add_option("--exe", options->exe, "who: the program's path")->excludes(pid);
  command->add_option("--script", options->script, "who: the script that the program was started to run")
      ->excludes(pid);
  command
      ->add_option("--parent-exe", options->parents, "who: a program or script that started it; repeatable")
      ->allow_extra_args(false)
      ->excludes(pid);
  command->add_option("--user", options->user, "who: name or number of the effective user")->excludes(pid);
  command->add_option("--group", options->group, "who: name or number of the effective group")->excludes(pid);
  command->add_option("--unit", options->unit, "who: the systemd unit")->excludes(pid);
  command->add_option("--owner", options->owner, "the user the file belongs to (default: as it is on disk)");
  command->add_option("--at", options->at,
                      "when: \"2026-11-25 03:00\", with a time zone or without (default: now)");
  command
      ->add_option("--state-dir", options->state_dir,
                   "of the agent whose grants count, when it runs, and whose evidence has the finding")
      ->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = run_explain(*options); });
}

}  // namespace purposewatch
