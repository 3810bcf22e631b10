#include "rules/language/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

namespace purposewatch {

std::string policy_digest(const std::vector<PolicyText>& texts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned length = 0;
  bool fine = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const PolicyText& text : texts) {
    std::array<unsigned char, 8> size{};
    for (std::size_t i = 0; i < size.size(); ++i)
      size[i] = static_cast<unsigned char>(std::uint64_t{text.bytes.size()} >> (56 - 8 * i));
    fine = fine && EVP_DigestUpdate(context.get(), size.data(), size.size()) == 1 &&
           EVP_DigestUpdate(context.get(), text.bytes.data(), text.bytes.size()) == 1;
  }
  fine = fine && EVP_DigestFinal_ex(context.get(), hash.data(), &length) == 1;
  if (!fine) return {};  // a library without SHA-256; check_policy refuses the policy then
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[hash[i] >> 4];
    hex += "0123456789abcdef"[hash[i] & 15];
  }
  return hex;
}

}  // namespace purposewatch
