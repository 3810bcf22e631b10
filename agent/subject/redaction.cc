#include "agent/subject/redaction.h"

#include <algorithm>
#include <cstdint>

namespace purposewatch {
namespace {

constexpr std::string_view kSeparators = " \t\n\"'";

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// Reads the words of a command line in order and remembers what they say about the words that follow.
class Redactor {
 public:
  explicit Redactor(const Redaction& rules) : rules_(rules) {}

  std::string argument(std::string_view argument) {
    std::string out;
    while (!argument.empty()) {
      const std::size_t start = std::min(argument.find_first_not_of(kSeparators), argument.size());
      out += argument.substr(0, start);
      argument.remove_prefix(start);
      const std::size_t shown = shown_length(argument);
      if (shown != std::string_view::npos) {
        out += argument.substr(0, shown);
        out += kRedacted;
        argument.remove_prefix(secret_end(argument, shown));
        continue;
      }
      const std::size_t length = std::min(argument.find_first_of(kSeparators), argument.size());
      append_without_url_password(out, argument.substr(0, length));
      argument.remove_prefix(length);
    }
    return out;
  }

 private:
  // How many bytes of the word at the front may be shown before its secret; npos: no secret in it.
  std::size_t shown_length(std::string_view rest) {
    const std::string_view word = rest.substr(0, rest.find_first_of(kSeparators));
    if (word.empty()) return std::string_view::npos;
    if (next_is_secret_) {
      next_is_secret_ = false;
      if (!word.starts_with('-')) return 0;
    }
    if (const std::size_t mark = word.find_first_of("=:"); mark != std::string_view::npos && mark > 0)
      if (names_a_secret(word.substr(0, mark))) return mark + 1;
    if (word.starts_with('-')) return option(word);
    programs_ |= programs_matching(file_name(word));
    return std::string_view::npos;
  }

  std::size_t option(std::string_view word) {
    const std::string name = lower(word);
    next_is_secret_ = std::any_of(rules_.secret_words.begin(), rules_.secret_words.end(),
                                  [&](const auto& secret) { return name.ends_with(secret); });
    for (std::size_t i = 0; i < rules_.options.size(); ++i) {
      const Redaction::Option& rule = rules_.options[i];
      if ((programs_ >> std::min<std::size_t>(i, 63U) & 1U) == 0) continue;
      if (!rule.attached && word == rule.option) next_is_secret_ = true;
      if (rule.attached && word.starts_with(rule.option) && word.size() > rule.option.size()) {
        next_is_secret_ = false;  // the secret may itself look like the name of one
        return rule.option.size();
      }
    }
    return std::string_view::npos;
  }

  bool names_a_secret(std::string_view name) const {
    if (rules_.secret_words.empty() || name.size() > 64 || name.find('/') != std::string_view::npos)
      return false;
    const std::string text = lower(name);
    return std::any_of(rules_.secret_words.begin(), rules_.secret_words.end(),
                       [&](const auto& secret) { return text.find(secret) != std::string::npos; });
  }

  std::uint64_t programs_matching(std::string_view name) const {
    std::uint64_t matching = 0;
    for (std::size_t i = 0; i < rules_.options.size(); ++i)
      if (name.starts_with(rules_.options[i].program)) matching |= 1ULL << std::min<std::size_t>(i, 63U);
    return matching;
  }

  // A value that opens with a quote ends at that quote; "Authorization: Bearer x" hides all that follows.
  static std::size_t secret_end(std::string_view rest, std::size_t secret) {
    const bool quoted = secret < rest.size() && (rest[secret] == '"' || rest[secret] == '\'');
    if (quoted) {
      const std::size_t close = rest.find(rest[secret], secret + 1);
      return close == std::string_view::npos ? rest.size() : close + 1;
    }
    const bool header = secret > 0 && rest[secret - 1] == ':';
    return std::min(rest.find_first_of(header ? "\"'" : kSeparators, secret), rest.size());
  }

  void append_without_url_password(std::string& out, std::string_view word) const {
    const std::size_t scheme = rules_.secret_words.empty() ? std::string_view::npos : word.find("://");
    if (scheme != std::string_view::npos) {
      const std::string_view authority = word.substr(scheme + 3, word.find('/', scheme + 3) - scheme - 3);
      const std::size_t at = authority.rfind('@');
      const std::size_t colon = authority.find(':');
      if (at != std::string_view::npos && colon < at) {
        out += word.substr(0, scheme + 3 + colon + 1);
        out += kRedacted;
        out += word.substr(scheme + 3 + at);
        return;
      }
    }
    out += word;
  }

  const Redaction& rules_;
  std::uint64_t programs_ = 0;  // bit i: the program of options[i] was named by an earlier word
  bool next_is_secret_ = false;
};

}  // namespace

Redaction Redaction::usual() {
  return {{"password", "passwd", "passphrase", "secret", "token", "api-key", "api_key", "apikey",
           "credential", "authorization", "cookie", "private-key", "mysql_pwd"},
          {{"mysql", "-p", true},
           {"mariadb", "-p", true},
           {"sshpass", "-p", true},
           {"sshpass", "-p", false},
           {"curl", "-u", false},
           {"curl", "--user", false},
           {"curl", "-u", true},
           {"redis-cli", "-a", false},
           {"ldapsearch", "-w", false},
           {"smbclient", "-U", false}}};
}

std::vector<std::string> redact(std::span<const std::string> args, const Redaction& redaction) {
  std::vector<std::string> out;
  out.reserve(args.size());
  Redactor redactor{redaction};
  for (const std::string& argument : args) out.push_back(redactor.argument(argument));
  return out;
}

}  // namespace purposewatch
