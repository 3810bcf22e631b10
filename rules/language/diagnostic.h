// What the policy checker says, and where.
#pragma once

#include <string>
#include <vector>

namespace purposewatch {

struct Position {
  std::string file;
  int line = 0;    // from 1; 0: the file as a whole
  int column = 0;  // from 1, in characters; 0: the line as a whole
};

struct Diagnostic {
  enum class Severity { kError, kWarning };
  Severity severity = Severity::kError;
  Position at;
  std::string message;
  std::string hint;  // "did you mean …?", or empty
};

// "file:line:col", without the parts that are unknown. Of these texts nothing reaches a terminal or a log
// raw, whatever the policy or the name of its file holds.
std::string to_string(const Position& at);

// "file:line:col: error: message (hint)", on one line
std::string to_string(const Diagnostic& diagnostic);

// Collects everything that is wrong, so that a policy's author sees it all at once; of more than anybody
// could mend at once, how many more there are.
class Diagnostics {
 public:
  static constexpr std::size_t kErrorsMax = 1000, kWarningsMax = 1000;

  void error(const Position& at, std::string message, std::string hint = {});
  void warning(const Position& at, std::string message, std::string hint = {});
  bool has_errors() const { return errors_ > 0; }
  // So much is wrong that nobody waits for a hint to each.
  bool is_crowded() const { return errors_ >= 100; }
  // What is found from now on is only counted: it need not be looked for.
  bool is_full() const { return errors_ >= kErrorsMax; }
  // By file, line and column; each said once.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  Position last_at_;  // of an error
  std::size_t errors_ = 0, warnings_ = 0;
};

}  // namespace purposewatch
