#include "rules/language/policy_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace purposewatch {
namespace {

constexpr std::size_t kSignatureBytes = 64, kInBase64 = 88;  // of which the last two are "=="

const unsigned char* unsigned_bytes(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// The 64 bytes; nothing: it is no signature.
std::optional<std::string> raw_signature(const std::string& written) {
  if (written.size() == kSignatureBytes) return written;
  std::string base64 = written;
  std::erase_if(base64, [](unsigned char c) { return std::isspace(c) != 0; });
  if (base64.size() != kInBase64) return std::nullopt;
  std::array<unsigned char, kInBase64 / 4 * 3> decoded{};
  if (EVP_DecodeBlock(decoded.data(), unsigned_bytes(base64), kInBase64) != static_cast<int>(decoded.size()))
    return std::nullopt;
  return std::string(decoded.begin(), decoded.begin() + kSignatureBytes);
}

}  // namespace

tl::expected<PolicyKey, std::string> PolicyKey::from_pem(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::shared_ptr<EVP_PKEY> key(
      source ? PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr) : nullptr, EVP_PKEY_free);
  if (!key) return tl::make_unexpected("is no public key in PEM (openssl pkey -pubout)");
  if (EVP_PKEY_is_a(key.get(), "ED25519") != 1)
    return tl::make_unexpected("is no Ed25519 key (openssl genpkey -algorithm ed25519)");
  return PolicyKey(std::move(key));
}

bool PolicyKey::has_signed(const std::string& bytes, const std::string& signature) const {
  const auto raw = raw_signature(signature);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return raw && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) ==
             1 &&
         EVP_DigestVerify(context.get(), unsigned_bytes(*raw), raw->size(), unsigned_bytes(bytes),
                          bytes.size()) == 1;
}

}  // namespace purposewatch
