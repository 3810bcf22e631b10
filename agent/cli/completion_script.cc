#include "agent/cli/completion_script.h"

#include <fmt/format.h>

#include <sstream>

namespace purposewatch {
namespace {

constexpr const char* kMadeBy = "# Made by `{0} completion {1}`.\n";

// Of a check that wants one of several words, CLI11 says "TEXT:{a,b}".
std::vector<std::string> words_of(const std::string& type) {
  const std::size_t begin = type.find('{'), end = type.rfind('}');
  std::vector<std::string> words;
  if (begin == std::string::npos || end == std::string::npos) return words;
  std::stringstream list(type.substr(begin + 1, end - begin - 1));
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

CompletedOption completed(const CLI::Option& option) {
  CompletedOption result;
  for (const std::string& name : option.get_snames()) result.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) result.names.push_back("--" + name);
  result.what = option.get_description();
  result.takes_value = option.get_items_expected_max() > 0;
  result.values = words_of(option.get_type_name());
  return result;
}

std::vector<std::string> names_of(const CompletedCommand& command, bool only_with_value = false) {
  std::vector<std::string> names;
  for (const CompletedOption& option : command.options)
    if (option.takes_value || !only_with_value)
      names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// With a backslash before each of these characters.
std::string escaped(const std::string& text, const std::string& special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string fish_quoted(const std::string& text) {
  return "'" + escaped(text, "'\\") + "'";
}

// All forms of an option exclude each other; those that may be given again say so by no description.
std::string zsh_option(const CompletedOption& option) {
  const std::string value =
      !option.takes_value
          ? ""
          : ":value:" +
                (option.values.empty() ? "_files" : fmt::format("({})", fmt::join(option.values, " ")));
  std::string text;
  for (const std::string& name : option.names)
    text +=
        " \\\n        " + zsh_quoted(fmt::format("*{}[{}]{}", name, escaped(option.what, "[]:\\"), value));
  return text;
}

}  // namespace

std::vector<CompletedCommand> completed_commands(const CLI::App& app) {
  std::vector<CompletedCommand> commands;
  for (const CLI::App* subcommand :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    CompletedCommand command{subcommand->get_name(), subcommand->get_description(), {}, false};
    for (const CLI::Option* option : subcommand->get_options()) {
      if (option->nonpositional() && !option->get_group().empty())
        command.options.push_back(completed(*option));
      else if (option->get_positional())
        command.takes_files = command.takes_files || option->get_name(true).find("PATH") != std::string::npos;
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

std::string bash_completion(const std::string& program, const std::vector<CompletedCommand>& commands) {
  std::vector<std::string> names;
  std::string values, options, with_files;
  for (const CompletedCommand& command : commands) {
    names.push_back(command.name);
    for (const CompletedOption& option : command.options)
      if (!option.values.empty())
        values += fmt::format("    '{0} {1}') words='{2}' ;;\n", command.name,
                              fmt::join(option.names, fmt::format("' | '{} ", command.name)),
                              fmt::join(option.values, " "));
    options += fmt::format("    {}) options='{}' valued='{}' ;;\n", command.name,
                           fmt::join(names_of(command), " "), fmt::join(names_of(command, true), " "));
    if (command.takes_files) with_files += " " + command.name;
  }
  return fmt::format(kMadeBy, program, "bash") + fmt::format(R"(_{0}() {{
  local current=$2 previous=$3 words='' options='' valued=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '{1} --help' -- "$current")
    return
  fi
  case ${{COMP_WORDS[1]}} in
{2}    *) return ;;
  esac
  case "${{COMP_WORDS[1]}} $previous" in
{3}  esac
  if [[ $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  elif [[ " $valued " != *" $previous "* && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ " $valued " == *" $previous "* || ' {4} ' == *" ${{COMP_WORDS[1]}} "* ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  fi
}}
complete -F _{0} {0}
)",
                                                             program, fmt::join(names, " "), options, values,
                                                             with_files);
}

std::string zsh_completion(const std::string& program, const std::vector<CompletedCommand>& commands) {
  std::string names, cases;
  for (const CompletedCommand& command : commands) {
    names += "    " + zsh_quoted(escaped(command.name, ":") + ":" + command.what) + "\n";
    cases += fmt::format("    {})\n      _arguments -s", command.name);
    for (const CompletedOption& option : command.options) cases += zsh_option(option);
    if (command.takes_files) cases += " \\\n        '*:file:_files'";
    cases += " ;;\n";
  }
  return fmt::format("#compdef {0}\n", program) + fmt::format(kMadeBy, program, "zsh") +
         fmt::format(R"(_{0}() {{
  local -a commands
  commands=(
{1}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
{2}  esac
}}
_{0} "$@"
)",
                     program, names, cases);
}

std::string fish_completion(const std::string& program, const std::vector<CompletedCommand>& commands) {
  std::string text = fmt::format(kMadeBy, program, "fish");
  for (const CompletedCommand& command : commands)
    text += fmt::format("complete -c {} -f -n __fish_use_subcommand -a {} -d {}\n", program, command.name,
                        fish_quoted(command.what));
  for (const CompletedCommand& command : commands) {
    const std::string here =
        fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}'", program, command.name);
    if (!command.takes_files) text += here + " -f\n";
    for (const CompletedOption& option : command.options) {
      text += here;
      for (const std::string& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.values.empty())
        text += fmt::format(" -x -a '{}'", fmt::join(option.values, " "));
      else if (option.takes_value)
        text += " -r -F";
      text += " -d " + fish_quoted(option.what) + "\n";
    }
  }
  return text;
}

}  // namespace purposewatch
