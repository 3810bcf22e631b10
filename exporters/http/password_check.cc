#include "exporters/http/password_check.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <memory>

namespace purposewatch {
namespace {

// Runs bcrypt with the hash's own salt and cost.
bool bcrypt_matches(const std::string& password, const std::string& hash) {
  const auto workspace = std::make_unique<crypt_data>();  // 32 KiB: too much for a small stack
  const char* result = crypt_r(password.c_str(), hash.c_str(), workspace.get());
  const bool matches = result != nullptr && std::string_view{result}.size() == hash.size() &&
                       gnutls_memcmp(result, hash.data(), hash.size()) == 0;
  gnutls_memset(workspace.get(), 0, sizeof *workspace);
  return matches;
}

}  // namespace

PasswordCheck::PasswordCheck(std::vector<WebUser> users) : users_(std::move(users)) {
  // Without randomness the key stays zero: digests never leave the process, so only a reader of its memory
  // gains.
  static_cast<void>(gnutls_rnd(GNUTLS_RND_KEY, key_.data(), key_.size()));
}

PasswordCheck::Digest PasswordCheck::digest(const Credentials& credentials) const {
  // The length keeps ("ab", "c") and ("a", "bc") apart.
  const std::string text =
      std::to_string(credentials.user.size()) + ":" + credentials.user + credentials.password;
  Digest out{};
  gnutls_hmac_fast(GNUTLS_MAC_SHA256, key_.data(), key_.size(), text.data(), text.size(), out.data());
  return out;
}

bool PasswordCheck::was_verified(const Credentials& credentials) const {
  const Digest asked = digest(credentials);
  const std::lock_guard lock{mutex_};
  const auto known = verified_.find(credentials.user);
  return known != verified_.end() && gnutls_memcmp(known->second.data(), asked.data(), asked.size()) == 0;
}

bool PasswordCheck::verify(const Credentials& credentials) {
  const auto user = std::find_if(users_.begin(), users_.end(), [&](const WebUser& candidate) {
    return candidate.name == credentials.user;
  });
  // An unknown user costs what a known one does, so that the time does not tell which names exist.
  const std::string& hash = (user == users_.end() ? users_.front() : *user).hash;
  const bool matches = bcrypt_matches(credentials.password, hash) && user != users_.end();
  if (matches) {
    const std::lock_guard lock{mutex_};
    verified_[credentials.user] = digest(credentials);
  }
  return matches;
}

}  // namespace purposewatch
