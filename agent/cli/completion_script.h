// What a shell has to know to complete a command line: made from the command line's own definition, so that
// it cannot say anything else.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace purposewatch {

struct CompletedOption {
  std::vector<std::string> names;  // "-o", "--output"
  std::string what;                // for people
  bool takes_value = false;
  std::vector<std::string> values;  // all that it may be; empty: anything, so files are offered
};

struct CompletedCommand {
  std::string name, what;
  std::vector<CompletedOption> options;
  bool takes_files = false;  // besides options
};

// In the order of --help; without what --help hides.
std::vector<CompletedCommand> completed_commands(const CLI::App& app);

// program: the word that is typed. To be put where the shell looks for it: bash-completion's
// completions/PROGRAM, a _PROGRAM of zsh's fpath, fish's completions/PROGRAM.fish.
std::string bash_completion(const std::string& program, const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::string& program, const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::string& program, const std::vector<CompletedCommand>& commands);

}  // namespace purposewatch
