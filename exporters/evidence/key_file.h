// The private key in use, in the evidence's directory: `key`, and while it is handed over `key.next`.
//
// The next key is on the disk before a checkpoint names it, and the old one is overwritten after that
// checkpoint is: whatever happens between, there is one that the log's end knows. That the old bytes are gone
// from the medium, too, is as true as the file system overwrites in place.
#pragma once

#include <cstdint>
#include <optional>

#include "exporters/evidence/signing_key.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

struct StoredKey {
  std::uint64_t number = 0;   // 0 is the first
  std::uint64_t records = 0;  // how many the log had when the key was made
  SigningKey key;
};

class KeyFile {
 public:
  explicit KeyFile(Storage& storage) : storage_(storage) {}

  // The one whose public half is `expected`, after a hand-over that was interrupted is finished. Nothing: it
  // is not there.
  Result<std::optional<StoredKey>> take(const PublicKey& expected);
  std::optional<StoredKey> newest() const;

  Result<void> put_first(const StoredKey& key);
  Result<void> prepare(const StoredKey& next);
  // The prepared one takes the old one's place, and that is wiped.
  Result<void> hand_over();

 private:
  std::optional<StoredKey> read(const std::string& name) const;
  Result<void> put(const StoredKey& key, const std::string& name);
  void wipe(const std::string& name);

  Storage& storage_;
};

}  // namespace purposewatch
