// Grants, as the agent tells them in JSON, for people.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace purposewatch {

// "g-0123456789ab: alice may read, list client-mail of bob for legal-process until 2026-11-25 14:00:00 UTC
// (WARRANT-7, approved by carol)"
std::string grant_sentence(const nlohmann::ordered_json& grant);

// boot_ns: the agent's boot clock now, which says which of them hold. all: also those that have ended.
std::string grants_table(const nlohmann::ordered_json& grants, std::uint64_t boot_ns, bool all, bool color);

}  // namespace purposewatch
