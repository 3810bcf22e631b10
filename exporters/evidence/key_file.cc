#include "exporters/evidence/key_file.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "exporters/evidence/little_endian.h"

namespace purposewatch {
namespace {

// "PWKEY001", number, records, seed, and the digest of all that: a torn file is no key.
constexpr std::string_view kKeyMagic = "PWKEY001";
constexpr std::size_t kSeedAt = 24, kDigestAt = 56, kKeyFileBytes = 88;
constexpr const char* kInUse = "key";
constexpr const char* kNext = "key.next";

std::optional<StoredKey> parse(std::string& bytes) {
  const Bytes all = bytes_of(bytes);
  if (all.size() != kKeyFileBytes || text_of(all.first(kKeyMagic.size())) != kKeyMagic) return std::nullopt;
  const Digest digest = sha256({all.first(kDigestAt)});
  if (!std::equal(digest.begin(), digest.end(), all.begin() + kDigestAt)) return std::nullopt;
  Seed seed;
  std::copy_n(all.begin() + kSeedAt, seed.size(), seed.begin());
  StoredKey key{get_number<std::uint64_t>(&all[8]), get_number<std::uint64_t>(&all[16]), SigningKey(seed)};
  OPENSSL_cleanse(seed.data(), seed.size());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

}  // namespace

std::optional<StoredKey> KeyFile::newest() const {
  auto in_use = read(kInUse), next = read(kNext);
  return next && (!in_use || next->number > in_use->number) ? std::move(next) : std::move(in_use);
}

Result<std::optional<StoredKey>> KeyFile::take(const PublicKey& expected) {
  if (auto key = read(kInUse); key && key->key.public_key() == expected) return key;
  auto next = read(kNext);
  if (!next || next->key.public_key() != expected) return std::nullopt;
  if (auto done = hand_over(); !done) return tl::unexpected(done.error());
  return next;
}

std::optional<StoredKey> KeyFile::read(const std::string& name) const {
  auto file = storage_.open(name);
  if (!file) return std::nullopt;
  auto bytes = (*file)->read(kKeyFileBytes + 1);
  return bytes ? parse(*bytes) : std::nullopt;
}

Result<void> KeyFile::put_first(const StoredKey& key) {
  if (auto put_there = put(key, kNext); !put_there) return put_there;
  return hand_over();
}

Result<void> KeyFile::prepare(const StoredKey& next) {
  return put(next, kNext);
}

Result<void> KeyFile::hand_over() {
  if (storage_.open(kNext)) {  // else it has the name already, and that is not certain yet
    wipe(kInUse);
    if (auto renamed = storage_.rename(kNext, kInUse); !renamed) return renamed;
  }
  return storage_.sync_names();
}

Result<void> KeyFile::put(const StoredKey& key, const std::string& name) {
  std::array<std::uint8_t, kKeyFileBytes> bytes{};
  std::copy(kKeyMagic.begin(), kKeyMagic.end(), bytes.begin());
  put_number(&bytes[8], key.number);
  put_number(&bytes[16], key.records);
  std::copy(key.key.seed().begin(), key.key.seed().end(), &bytes[kSeedAt]);
  const Digest digest = sha256({Bytes(bytes).first(kDigestAt)});
  std::copy(digest.begin(), digest.end(), &bytes[kDigestAt]);

  wipe(name);
  (void)storage_.remove(name);  // of a hand-over that was not finished
  auto file = storage_.create(name);
  if (!file) return tl::unexpected(file.error());
  auto written = (*file)->append(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  return storage_.sync_names();
}

void KeyFile::wipe(const std::string& name) {
  auto file = storage_.open(name);
  if (!file) return;
  const std::array<std::uint8_t, kKeyFileBytes> zeros{};
  if ((*file)->write_at(0, zeros)) (void)(*file)->sync();
}

}  // namespace purposewatch
