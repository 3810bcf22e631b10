#include "exporters/ndjson/entity_id.h"

namespace purposewatch {
namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325ULL;
constexpr std::uint64_t kFnvPrime = 0x100000001b3ULL;

// The finaliser of splitmix64: every bit of the input reaches every bit of the result.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

}  // namespace

std::string process_entity_id(std::string_view boot_id, std::uint32_t pid, std::uint64_t start_boot_ns) {
  std::uint64_t hash = kFnvOffset;
  for (const char c : boot_id) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  hash = mix(mix(hash ^ pid) ^ start_boot_ns);
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4U) out[i] = "0123456789abcdef"[hash & 0xfU];
  return out;
}

}  // namespace purposewatch
