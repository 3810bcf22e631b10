#include "agent/daemon/policy_source.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/files/whole_file.h"
#include "rules/language/custody.h"
#include "rules/language/policy.h"

namespace purposewatch {

Result<void> PolicySource::open() {
  if (key_file_.empty()) return {};
  struct stat status {};
  std::string why = why_directory_is_not_ours(std::filesystem::path(key_file_).parent_path());
  if (why.empty() && lstat(key_file_.c_str(), &status) == 0) why = why_not_ours(status);
  if (!why.empty()) return fail("others could exchange the policy's key, " + key_file_ + ": " + why);
  const auto pem = read_whole_file(key_file_);
  if (!pem) return tl::unexpected(pem.error());
  auto key = PolicyKey::from_pem(*pem);
  if (!key) return fail(key_file_ + " " + key.error());
  key_ = std::move(*key);
  return {};
}

Result<std::shared_ptr<const RuleSet>> PolicySource::load() const {
  LoadedPolicy loaded =
      load_policy(paths_, {.custody = FileDemands::Custody::kOurs, .key = key_ ? &*key_ : nullptr});
  std::string first_error;
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    const bool is_error = diagnostic.severity == Diagnostic::Severity::kError;
    spdlog::log(is_error ? spdlog::level::err : spdlog::level::warn, "policy: {}", to_string(diagnostic));
    if (is_error && first_error.empty()) first_error = to_string(diagnostic);
  }
  if (!loaded.rules) return fail(first_error.empty() ? "no policy" : first_error);
  if (!key_) return loaded.rules;
  if (auto may = serial_.may_take(*loaded.rules); !may) {
    spdlog::error("policy: {}", may.error().message);
    return tl::unexpected(may.error());
  }
  return loaded.rules;
}

void PolicySource::is_in_force(const RuleSet& rules) const {
  if (!key_) return;
  if (auto kept = serial_.remember(rules); !kept) spdlog::error("policy: {}", kept.error().message);
}

}  // namespace purposewatch
