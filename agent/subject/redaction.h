// Secrets on command lines: findings carry arguments, and must not carry passwords.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

// What to hide. Words are separated by blanks and quotes, also inside one argument (`sh -c "mysql
// -psecret"`).
struct Redaction {
  // An option whose value is secret only for some programs.
  struct Option {
    std::string program;  // the program's file name starts with this: "mysql" also means mysqldump
    std::string option;   // "-p"
    bool attached;        // true: -pSECRET; false: the next word is the secret
  };
  // Lower case. `--NAME=…`, `NAME=…` and `NAME:…` lose what follows when NAME contains one of them;
  // `--NAME …` loses the next word when NAME ends with one.
  std::vector<std::string> secret_words;
  std::vector<Option> options;

  // Password, token and key options of common programs.
  static Redaction usual();
  static Redaction none() { return {}; }
  bool is_empty() const { return secret_words.empty() && options.empty(); }
};

inline constexpr std::string_view kRedacted = "[redacted]";

// The arguments with secrets replaced by kRedacted; passwords in URLs (scheme://user:password@host) too,
// unless `redaction` is empty. Raw bytes in, raw bytes out.
std::vector<std::string> redact(std::span<const std::string> args, const Redaction& redaction);

}  // namespace purposewatch
