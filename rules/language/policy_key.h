// Who may say what the policy is: an Ed25519 key, whose other half signs each file of it.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

namespace purposewatch {

class PolicyKey {
 public:
  // The public half, in PEM, as `openssl pkey -pubout` writes it. An error says what it is instead.
  static tl::expected<PolicyKey, std::string> from_pem(const std::string& pem);

  // signature: what `openssl pkeyutl -sign -rawin` has written, 64 bytes; or these in base64, on one line or
  // more.
  bool has_signed(const std::string& bytes, const std::string& signature) const;

 private:
  explicit PolicyKey(std::shared_ptr<void> key) : key_(std::move(key)) {}

  std::shared_ptr<void> key_;  // the library's
};

}  // namespace purposewatch
