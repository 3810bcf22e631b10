#include "agent/paging/pseudonym.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <filesystem>

#include "agent/files/whole_file.h"

namespace purposewatch {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kShownBytes = 6;

}  // namespace

Result<Pseudonyms> Pseudonyms::open(const std::string& key_file) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(key_file, error))) {
    auto key = read_whole_file(key_file, kKeyBytes);
    if (!key) return tl::unexpected(key.error());
    if (key->size() != kKeyBytes) return fail(key_file + " holds no key: it is not 32 bytes long");
    return Pseudonyms(std::move(*key));
  }
  std::array<unsigned char, kKeyBytes> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return fail("no random bytes for " + key_file);
  std::string key(bytes.begin(), bytes.end());
  if (auto written = write_whole_file(key_file, key); !written) return tl::unexpected(written.error());
  return Pseudonyms(std::move(key));
}

std::string Pseudonyms::of_client(std::string_view name) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest.data(), nullptr);
  std::string text = "client-";
  for (std::size_t i = 0; i < kShownBytes; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace purposewatch
