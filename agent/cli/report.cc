// purposewatch report: what the evidence says, clause by clause or about one client.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include "agent/cli/command.h"
#include "agent/cli/progress.h"
#include "agent/cli/time_option.h"
#include "agent/cli/version.h"
#include "agent/report/make_report.h"
#include "exporters/report/report_html.h"
#include "exporters/report/report_json.h"
#include "exporters/text/number_text.h"
#include "rules/base/descriptor.h"
#include "rules/base/visible_text.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

struct ReportOptions {
  std::string state_dir = "/var/lib/purposewatch";
  std::vector<std::string> policy = {"/etc/purposewatch/policy.d"};
  std::string since, until, client, format = "html", output = "-";
};

std::int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// It names people: for its owner alone, unless the file is there already.
Result<void> write_output(const std::string& name, const std::string& bytes) {
  if (name == "-") {
    std::cout << bytes << std::flush;
    if (!std::cout) return fail("cannot write to standard output");
    return {};
  }
  const Descriptor file(open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const auto failed = [&] { return fail("cannot write " + name + ": " + std::strerror(errno)); };
  if (!file) return failed();
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t count = write(file.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return failed();
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<ReportRequest> request_of(const ReportOptions& options) {
  ReportRequest request;
  request.client = options.client;
  request.now_ns = now_ns();
  const auto take = [&](const char* flag, const std::string& text, std::int64_t& moment) -> Result<void> {
    if (text.empty()) return {};
    const auto parsed = moment_of_text(text, request.now_ns);
    if (!parsed) return fail(std::string(flag) + ": " + parsed.error().message);
    moment = *parsed;
    return {};
  };
  if (auto since = take("--since", options.since, request.since_ns); !since)
    return tl::unexpected(since.error());
  if (auto until = take("--until", options.until, request.until_ns); !until)
    return tl::unexpected(until.error());
  if (request.since_ns >= request.until_ns) return fail("--since is not before --until");
  return request;
}

int make(const ReportOptions& options) {
  const auto request = request_of(options);
  if (!request) return complain("report", request.error().message, kWrongUsage);
  const std::string directory = options.state_dir + "/evidence";
  // Whoever only reads makes no directory.
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error))
    return complain("report", "there is no evidence in " + directory + (error ? ": " + error.message() : ""),
                    kCannotRunHere);
  const LoadedPolicy policy = load_policy(options.policy);
  Progress progress;
  const auto storage = storage_in(directory);
  auto report = make_report(*storage, *request, policy.rules.get(),
                            [&](const char* step, std::uint64_t done, std::uint64_t all) {
                              progress.tell([&] {
                                return std::string(step) + ": " + number_text(done >> 20U) + " of " +
                                       number_text(all >> 20U) + " MiB";
                              });
                            });
  if (!report) return complain("report", report.error().message, kCannotRunHere);
  report->version = kVersion;
  if (!policy.rules)
    report->policy_error =
        policy.diagnostics.empty() ? "it cannot be read" : visible_text(policy.diagnostics.front().message);
  const auto written =
      write_output(options.output, options.format == "json" ? report_json(*report) : report_html(*report));
  return written ? kFine : complain("report", written.error().message, kCannotRunHere);
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "What the evidence says, clause by clause or about one client");
  command->add_option("--state-dir", options->state_dir, "State directory of the agent")
      ->capture_default_str();
  command->add_option("--policy", options->policy, "Policy file, or directory of *.yaml files; repeatable")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--since", options->since,
                      "From then on: 2026-11-25, \"2026-11-25 03:00\", or 30d, 12h, 15m ago");
  command->add_option("--until", options->until, "Up to then, not included");
  command->add_option("--client", options->client, "Who touched this client's data, and nobody else's")
      ->check([](const std::string& name) { return name.empty() ? "a client has a name" : ""; });
  command->add_option("-o", options->format, "A page for people, or JSON for programs")
      ->check(CLI::IsMember({"html", "json"}))
      ->capture_default_str();
  command->add_option("--output", options->output, "Write to this file, or - for standard output")
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = make(*options); });
}

}  // namespace purposewatch
