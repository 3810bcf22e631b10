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

// "file:line:col", without the parts that are unknown.
std::string to_string(const Position& at);

// "file:line:col: error: message (hint)"
std::string to_string(const Diagnostic& diagnostic);

// Collects everything that is wrong, so that a policy's author sees it all at once.
class Diagnostics {
 public:
  void error(const Position& at, std::string message, std::string hint = {});
  void warning(const Position& at, std::string message, std::string hint = {});
  bool has_errors() const { return errors_ > 0; }
  // By file, line and column; each said once.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

}  // namespace purposewatch
