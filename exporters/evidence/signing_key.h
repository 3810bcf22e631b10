// Ed25519 keys. A private key is wiped from memory with its object.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/evidence/digest.h"

namespace purposewatch {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
using Seed = std::array<std::uint8_t, 32>;

class SigningKey {
 public:
  static SigningKey generate();
  explicit SigningKey(const Seed& seed);
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  ~SigningKey();

  const PublicKey& public_key() const { return public_key_; }
  const Seed& seed() const { return seed_; }
  Signature sign(std::string_view message) const;

 private:
  Seed seed_{};
  PublicKey public_key_{};
};

bool is_signature(const PublicKey& key, std::string_view message, const Signature& signature);

// Random bytes that nobody can guess.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace purposewatch
