// Any bytes as a policy file: the checker answers with rules or with errors, never with both, never with a
// crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rules/judge.h"
#include "rules/language/grant_request.h"
#include "rules/language/policy.h"
#include "rules/language/run_tests.h"

namespace {

using namespace purposewatch;

// The same bytes as a grant that somebody asks for.
void ask_for_grant(const std::string& bytes) {
  static const auto rules =
      check_policy({{"p.yaml",
                     "policy: {name: t, version: 1}\n"
                     "classes: {mail: {clause: P2}}\n"
                     "purposes: {warrant: {clause: P7, classes: all, requires: grant, two-person: true}}\n"
                     "stores: {m: {class: mail, paths: '/m/{client}'}}\n"}})
          .rules;
  const auto request = read_grant_request({"fuzz.yaml", bytes});
  if (!request) return;
  const GrantCircumstances here{"g-1", "alice", 1, 1, [](const std::string& name) { return name == "bob"; }};
  const auto grant = check_grant(*rules, *request, here);
  if (grant && !grant->holds_at(1)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  ask_for_grant(bytes);
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
