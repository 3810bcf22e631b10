#include "rules/language/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

auto order_of(const Diagnostic& d) {
  return std::tie(d.at.file, d.at.line, d.at.column, d.severity, d.message, d.hint);
}

}  // namespace

std::string to_string(const Position& at) {
  std::string text = visible_text(at.file, Backslash::kKeep);
  if (at.line > 0) text += ":" + std::to_string(at.line);
  if (at.line > 0 && at.column > 0) text += ":" + std::to_string(at.column);
  return text;
}

std::string to_string(const Diagnostic& diagnostic) {
  const bool is_error = diagnostic.severity == Diagnostic::Severity::kError;
  std::string text = to_string(diagnostic.at) + (is_error ? ": error: " : ": warning: ");
  append_visible(text, diagnostic.message, Backslash::kKeep);
  if (!diagnostic.hint.empty()) text += " (" + visible_text(diagnostic.hint, Backslash::kKeep) + ")";
  return text;
}

void Diagnostics::error(const Position& at, std::string message, std::string hint) {
  if (++errors_ > kErrorsMax) return;
  last_at_ = at;
  all_.push_back({Diagnostic::Severity::kError, at, std::move(message), std::move(hint)});
}

void Diagnostics::warning(const Position& at, std::string message, std::string hint) {
  if (++warnings_ > kWarningsMax) return;
  all_.push_back({Diagnostic::Severity::kWarning, at, std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = all_;
  const auto less = [](const Diagnostic& a, const Diagnostic& b) { return order_of(a) < order_of(b); };
  const auto equal = [](const Diagnostic& a, const Diagnostic& b) { return order_of(a) == order_of(b); };
  std::sort(result.begin(), result.end(), less);
  result.erase(std::unique(result.begin(), result.end(), equal), result.end());
  if (errors_ > kErrorsMax)
    result.push_back({Diagnostic::Severity::kError, last_at_,
                      "at least " + std::to_string(errors_ - kErrorsMax) + " more errors: mend these first",
                      ""});
  return result;
}

}  // namespace purposewatch
