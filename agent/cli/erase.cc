// purposewatch erase: what names a client goes from the evidence, and that is recorded.
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/progress.h"
#include "exporters/text/encoding.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct EraseOptions {
  std::string client, reference;
  std::string state_dir = "/var/lib/purposewatch";
  OutputOptions output;
};

std::string how_far(const Json& erasure) {
  if (erasure.value("state", "") == "blanking")
    return fmt::format("blanking {} records", erasure.value("records", std::uint64_t{0}));
  const double done = erasure.value("bytes_done", 0.0), all = std::max(erasure.value("bytes_all", 0.0), 1.0);
  return fmt::format("searching the evidence: {:.0f} %", 100 * done / all);
}

// Until it is over; null, and the exit code, when the agent went away.
Json wait_for_end(const EraseOptions& options, Json erasure, int& exit_code) {
  Progress progress;
  while (!erasure.is_null() && erasure.value("state", "") != "done" &&
         erasure.value("state", "") != "failed") {
    progress.tell([&] { return how_far(erasure); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    erasure = ask_agent_for_json("erase", options.state_dir, "erasure", exit_code);
  }
  return erasure;
}

int erase(const EraseOptions& options) {
  int exit_code = kFine;
  Json request = {{"client_base64", ""}, {"reference", options.reference}};
  append_base64(request["client_base64"].get_ref<std::string&>(), options.client);
  Json erasure =
      ask_agent_for_json("erase", options.state_dir,
                         "erase " + request.dump(-1, ' ', true, Json::error_handler_t::replace), exit_code);
  erasure = wait_for_end(options, std::move(erasure), exit_code);
  if (erasure.is_null()) return exit_code;
  if (options.output.json()) std::cout << json_text(erasure);
  if (erasure.value("state", "") == "failed")
    return complain("erase", erasure.value("error", ""), kCannotRunHere);
  const std::uint64_t records = erasure.value("records", std::uint64_t{0});
  if (!options.output.json())
    std::cout << fmt::format("{} records about {} have no name, path or arguments any more\n", records,
                             visible_text(options.client));
  return kFine;
}

}  // namespace

void add_erase(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EraseOptions>();
  CLI::App* command = app.add_subcommand(
      "erase", "Take what names a client out of the evidence, for good; that it was is recorded");
  command->add_option("--client", options->client, "whose: the name as the file system has it")->required();
  command->add_option("--reference", options->reference, "the client's request: a ticket")->required();
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = erase(*options); });
}

}  // namespace purposewatch
