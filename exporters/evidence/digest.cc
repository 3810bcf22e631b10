#include "exporters/evidence/digest.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace purposewatch {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

}  // namespace

// Fetched once: looking the algorithm up takes longer than a small record's digest.
Digest sha256(std::initializer_list<Bytes> pieces) {
  thread_local const std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  Digest digest{};
  bool fine = EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1;
  for (const Bytes piece : pieces)
    fine = fine && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
  fine = fine && EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  if (!fine) std::abort();  // no evidence is better than evidence that proves nothing
  return digest;
}

std::string to_hex(const Digest& digest) {
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace purposewatch
