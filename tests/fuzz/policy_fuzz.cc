// Any bytes as a policy file: the checker answers with rules or with errors, never with both, never with a
// crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rules/judge.h"
#include "rules/language/policy.h"
#include "rules/language/run_tests.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const LoadedPolicy loaded = check_policy({{"fuzz.yaml", bytes}});
  bool has_error = false;
  for (const Diagnostic& one : loaded.diagnostics) {
    has_error |= one.severity == Diagnostic::Severity::kError;
    if (to_string(one).empty()) std::abort();
  }
  if (has_error != (loaded.rules == nullptr)) std::abort();
  if (!loaded.rules) return 0;
  for (const PolicyTest& test : loaded.rules->tests) run_test(*loaded.rules, test);
  match_store(*loaded.rules, bytes);
  Access connect;
  connect.kind = AccessKind::kConnect;
  connect.path = bytes;
  match_access(*loaded.rules, connect);
  return 0;
}
