// purposewatch verify: is the evidence what was written, and what others have seen of it?
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/progress.h"
#include "agent/cli/show_verification.h"
#include "agent/files/whole_file.h"
#include "agent/kernel/clock.h"
#include "exporters/evidence/log_end.h"
#include "exporters/http_client/http_client.h"
#include "exporters/text/encoding.h"

namespace purposewatch {
namespace {

struct VerifyCommand {
  std::string state_dir = "/var/lib/purposewatch";
  std::string directory;
  std::string key, against, checkpoint;
  std::vector<std::string> witnesses;
  std::string match, ca_file, password_file;
  OutputOptions output;
};

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::optional<PublicKey> key_in(const std::string& text) {
  const auto bytes = from_base64(text);
  PublicKey key;
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

Result<std::optional<PublicKey>> known_key(const std::string& text_or_file) {
  if (text_or_file.empty()) return std::nullopt;
  if (const auto key = key_in(text_or_file)) return key;
  const auto text = read_whole_file(text_or_file);
  if (!text) return tl::unexpected(text.error());
  if (const auto key = key_in(without_line_end(*text))) return key;
  return fail(text_or_file + " holds no key: 32 bytes in base64");
}

Result<std::optional<KeptCheckpoint>> kept_checkpoint(const std::string& file) {
  if (file.empty()) return std::nullopt;
  auto note = read_whole_file(file);
  if (!note) return tl::unexpected(note.error());
  auto checkpoint = KeptCheckpoint::read(std::move(*note));
  if (!checkpoint) return fail(file + " " + checkpoint.error().message);
  return std::move(*checkpoint);
}

Result<WitnessAnswer> ask_witness(const VerifyCommand& command, const std::string& url) {
  HttpSettings settings{.url = url, .identity = {}};
  settings.identity.password_file = command.password_file;
  settings.identity.ca_file = command.ca_file;
  auto client = HttpClient::open(std::move(settings));
  if (!client) return tl::unexpected(client.error());
  Progress progress;
  HistoryRequest request{.match = command.match, .on_progress = [&](std::uint64_t done, std::uint64_t all) {
                           progress.tell([&] { return bar_of_samples(done, all); });
                         }};
  auto history = read_witness_history([&](const std::string& path) { return client->get(path); }, request);
  if (!history) return fail(client->shown_url() + ": " + history.error().message);
  WitnessComparison comparison(*history);
  return WitnessAnswer{client->shown_url(), std::move(*history), std::move(comparison), {}};
}

// Before the log is read: nobody can have seen more of it then than is read.
Result<void> ask_witnesses(const VerifyCommand& command, Verification& verification) {
  for (const std::string& url : command.witnesses) {
    auto answer = ask_witness(command, url);
    if (!answer) return tl::unexpected(answer.error());
    verification.witnesses.push_back(std::move(*answer));
  }
  return {};
}

Result<void> verify_evidence(Storage& storage, const std::optional<PublicKey>& key,
                             Verification& verification) {
  Progress progress;
  const auto started = std::chrono::steady_clock::now();
  VerifyOptions options;
  options.first_key = key;
  options.on_record = [&](std::uint64_t sequence, const Digest& chain) {
    for (WitnessAnswer& witness : verification.witnesses) witness.comparison.on_record(sequence, chain);
    if (verification.kept) verification.kept->on_record(sequence, chain);
  };
  options.on_checkpoint = [&](std::uint64_t sequence, std::string_view note) {
    verification.last_note = note;
    if (verification.kept) verification.kept->on_checkpoint(sequence, note);
  };
  options.on_start_over = [&] {
    for (WitnessAnswer& witness : verification.witnesses) witness.comparison.start_over();
    if (verification.kept) verification.kept->start_over();
    verification.last_note.clear();
  };
  options.on_progress = [&](std::uint64_t done, std::uint64_t all) {
    progress.tell([&] { return bar_of_bytes(done, all, std::chrono::steady_clock::now() - started); });
  };
  auto report = verify_log(storage, options);
  if (!report) return tl::unexpected(report.error());
  verification.log = std::move(*report);
  for (WitnessAnswer& witness : verification.witnesses)
    witness.report = witness.comparison.report(verification.log);
  return {};
}

int write_checkpoint(const std::string& file, const Verification& verification) {
  if (verification.last_note.empty())
    return complain("verify", "the log has no checkpoint to write", kCannotRunHere);
  if (file == "-") {
    std::cout << verification.last_note;
    return kFine;
  }
  const auto written = write_whole_file(file, verification.last_note);
  return written ? kFine : complain("verify", written.error().message, kCannotRunHere);
}

// For the safeguard `evidence-verified`. Who may read the evidence and not write beside it has verified it
// all the same.
void note_outcome(const std::string& state_dir, bool is_sound) {
  const std::string now = std::to_string(clock_ns(CLOCK_REALTIME));
  (void)write_whole_file(state_dir + "/verified", is_sound ? now + "\n" : "unsound " + now + "\n");
}

int verify(VerifyCommand command) {
  if (!command.match.empty() && !is_selector(command.match))
    throw CLI::ValidationError("--witness-match", "is a selector of labels: {instance=\"web1:9807\"}");
  const bool is_the_agents = command.directory.empty();
  if (is_the_agents) command.directory = command.state_dir + "/evidence";
  Verification verification;
  verification.directory = command.directory;
  const auto key = known_key(command.key);
  if (!key) return complain("verify", key.error().message, kCannotRunHere);
  auto kept = kept_checkpoint(command.against);
  if (!kept) return complain("verify", kept.error().message, kCannotRunHere);
  verification.kept = std::move(*kept);
  const auto storage = read_only_storage_in(command.directory);
  const auto segments = list_segments(*storage);
  if (!segments) return complain("verify", segments.error().message, kCannotRunHere);
  if (auto asked = ask_witnesses(command, verification); !asked)
    return complain("verify", asked.error().message, kCannotRunHere);
  if (auto verified = verify_evidence(*storage, *key, verification); !verified)
    return complain("verify", verified.error().message, kCannotRunHere);
  const bool has_others = !verification.witnesses.empty() || verification.kept || read_log_head(*storage);
  if (verification.log.segments == 0 && !has_others)
    return complain("verify", command.directory + " holds no evidence", kCannotRunHere);
  // What goes to stdout is then the checkpoint alone.
  (command.checkpoint == "-" ? std::cerr : std::cout)
      << (command.output.json() ? json_text(verification_json(verification))
                                : verification_text(verification, wants_color(command.output)));
  if (is_the_agents) note_outcome(command.state_dir, verification.is_sound());
  if (!verification.is_sound()) return kAnswerIsNo;
  return command.checkpoint.empty() ? kFine : write_checkpoint(command.checkpoint, verification);
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<VerifyCommand>();
  CLI::App* command =
      app.add_subcommand("verify", "Is the evidence what was written, and what others have seen of it");
  command->add_option("--state-dir", options->state_dir, "State directory of the agent")
      ->capture_default_str();
  command->add_option("--evidence", options->directory,
                      "Instead: the directory of the log itself, or of a copy");
  command->add_option("--key", options->key,
                      "The log's first key as it was kept elsewhere: in base64, or a file with that");
  command->add_option("--witness", options->witnesses,
                      "Prometheus that scrapes the agent: http[s]://[USER@]HOST:PORT (repeatable)");
  command->add_option("--witness-match", options->match,
                      "Which agent, when it scrapes several: {instance=\"web1:9807\"}");
  command->add_option("--witness-ca", options->ca_file, "File with who may have signed its certificate");
  command->add_option("--witness-password-file", options->password_file,
                      "File with the password of the user in --witness");
  command->add_option(
      "--checkpoint", options->checkpoint,
      "Write the newest signed checkpoint to this file, or - for stdout, to be kept elsewhere");
  command->add_option("--against", options->against,
                      "A checkpoint that was kept: the log has to go on from it");
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = verify(*options); });
}

}  // namespace purposewatch
