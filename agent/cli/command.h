// One file per command, one line in the list that main.cc hands to CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

namespace purposewatch {

// Exit codes of every command (DESIGN section 3).
enum ExitCode : int { kFine = 0, kAnswerIsNo = 1, kWrongUsage = 2, kCannotRunHere = 3 };

// Says on stderr why `command` cannot go on, in visible text. Returns `code`.
int complain(std::string_view command, std::string_view why, ExitCode code);

// Adds the subcommand to `app`; when it is the one the user typed, its callback sets `exit_code`.
using AddCommand = void (*)(CLI::App& app, int& exit_code);

void add_run(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_test(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_learn(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_erase(CLI::App& app, int& exit_code);
void add_events(CLI::App& app, int& exit_code);
void add_grant(CLI::App& app, int& exit_code);
void add_grants(CLI::App& app, int& exit_code);
void add_revoke(CLI::App& app, int& exit_code);
void add_review(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_unlock(CLI::App& app, int& exit_code);
void add_lock(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_canary(CLI::App& app, int& exit_code);
void add_completion(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

}  // namespace purposewatch
