// A signed head of the log, in the form of a checkpoint of C2SP's tlog-checkpoint (a signed note):
//
//   purposewatch/HOST-ID
//   RECORDS                     how many there are before this one
//   ROOT                        of the Merkle tree over their chains (RFC 6962), base64
//   chain CHAIN                 of the last of them, hexadecimal
//   key NUMBER                  which key has signed
//   next PUBLIC-KEY             only where the key changes: who signs from now on, base64
//
//   — purposewatch/HOST-ID SIGNATURE
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/evidence/digest.h"
#include "exporters/evidence/signing_key.h"

namespace purposewatch {

struct Checkpoint {
  std::string host_id;
  std::uint64_t records = 0;
  Digest root{}, chain{};
  std::uint64_t key_number = 0;
  std::optional<PublicKey> next_key;
};

std::string signed_note(const Checkpoint& checkpoint, const SigningKey& key);

// Nothing: no such note, not exactly in the one form there is, or not signed by that key.
std::optional<Checkpoint> read_signed_note(std::string_view note, const PublicKey& key);
// What it says, whoever has signed it. Nothing: it has not the form of one.
std::optional<Checkpoint> read_unverified_note(std::string_view note);

}  // namespace purposewatch
