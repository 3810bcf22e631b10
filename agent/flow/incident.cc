#include "agent/flow/incident.h"

#include <fmt/format.h>

#include <string_view>

namespace purposewatch {
namespace {

// FNV-1a, 64 bits; a zero byte after each part keeps ("ab", "c") and ("a", "bc") apart.
void mix(std::uint64_t& hash, std::string_view part) {
  for (unsigned char byte : part) hash = (hash ^ byte) * 0x100000001b3ULL;
  hash = hash * 0x100000001b3ULL;
}

}  // namespace

std::string incident_of(const Subject& subject, const Verdict& verdict) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  mix(hash, verdict.store);
  mix(hash, name_of(verdict.reason));
  mix(hash, std::to_string(subject.login_uid != kUnsetId ? subject.login_uid : subject.euid));
  mix(hash, subject.executable);
  return fmt::format("{:016x}", hash);
}

}  // namespace purposewatch
