// purposewatch learn: proposes services and permits from what was flagged.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/progress.h"
#include "agent/cli/proposal.h"
#include "agent/cli/show_diagnostics.h"
#include "agent/control/server.h"
#include "rules/language/policy.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

struct LearnOptions {
  std::vector<std::string> policies{"/etc/purposewatch/policy.d"};
  std::string state_dir = "/var/lib/purposewatch";
  std::string from, duration;
  OutputOptions output;
};

volatile std::sig_atomic_t was_interrupted = 0;

// Ends the watching, not the program: what was learnt so far is printed.
void end_on_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { was_interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Result<Descriptor> open_source(const LearnOptions& options) {
  if (options.from.empty()) return ask_agent(options.state_dir, "events");
  if (options.from == "-") return Descriptor(dup(STDIN_FILENO));
  Descriptor file(open(options.from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail("cannot open " + options.from + ": " + std::strerror(errno));
  return file;
}

class Learner {
 public:
  Learner(Proposal& proposal, std::optional<seconds> lasts) : proposal_(proposal), lasts_(lasts) {}

  // To the end of what there is to read, or of the time.
  void read_all(int source) {
    char buffer[65536];
    while (!was_interrupted && is_time_left()) {
      progress_.tell([&] { return status(); });
      pollfd waiting{source, POLLIN, 0};
      constexpr int kLookAgainMs = 200;
      const int ready = poll(&waiting, 1, kLookAgainMs);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t count = read(source, buffer, sizeof(buffer));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      take({buffer, static_cast<std::size_t>(count)});
    }
    take("\n");
  }

 private:
  bool is_time_left() const { return !lasts_ || steady_clock::now() - begun_ < *lasts_; }

  void take(std::string_view bytes) {
    for (std::size_t newline = bytes.find('\n'); newline != std::string_view::npos;
         newline = bytes.find('\n')) {
      line_ += bytes.substr(0, newline);
      bytes.remove_prefix(newline + 1);
      const auto event = nlohmann::json::parse(line_, nullptr, false);
      if (event.is_object()) proposal_.add(event);
      line_.clear();
    }
    line_ += bytes;
  }

  std::string status() const {
    const auto since = std::chrono::duration_cast<seconds>(steady_clock::now() - begun_);
    return std::to_string(proposal_.accesses()) + " flagged accesses in " + to_string(since) +
           (lasts_ ? " of " + to_string(*lasts_) : "") + "; Ctrl-C ends";
  }

  Proposal& proposal_;
  std::optional<seconds> lasts_;
  steady_clock::time_point begun_ = steady_clock::now();
  std::string line_;
  Progress progress_;
};

int learn(const LearnOptions& options) {
  std::optional<seconds> lasts;
  if (!options.duration.empty()) {
    lasts = parse_duration(options.duration);
    if (!lasts)
      return complain("learn", "'" + options.duration + "' is no duration like 30d, 12h, 15m or 20s",
                      kWrongUsage);
  }
  const LoadedPolicy loaded = load_policy(options.policies);
  if (!loaded.rules) {
    std::cerr << diagnostics_text(loaded.diagnostics, options.output);
    return kAnswerIsNo;
  }
  const auto source = open_source(options);
  if (!source) return complain("learn", source.error().message, kCannotRunHere);
  Proposal proposal(*loaded.rules);
  end_on_interrupt();
  Learner(proposal, lasts).read_all(source->get());
  std::cout << (options.output.json()
                    ? json_text({{"accesses", proposal.accesses()}, {"policy", proposal.text()}})
                    : proposal.text());
  return kFine;
}

}  // namespace

void add_learn(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<LearnOptions>();
  CLI::App* command = app.add_subcommand("learn", "propose services and permits from what was flagged");
  command->add_option("--policy", options->policies, "the policy that it would be added to; repeatable")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--from", options->from,
                      "read NDJSON from this file, or - for stdin, rather than watch");
  command->add_option("--for", options->duration,
                      "how long to watch: 30d, 12h, 15m or 20s (default: until Ctrl-C)");
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = learn(*options); });
}

}  // namespace purposewatch
