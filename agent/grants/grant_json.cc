#include "agent/grants/grant_json.h"

#include <nlohmann/json.hpp>

#include "agent/files/json_number.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

Json kinds_of(AccessMask mask) {
  Json kinds = Json::array();
  for (std::size_t i = 0; i < kAccessKindCount; ++i)
    if (mask & mask_of(static_cast<AccessKind>(i))) kinds.push_back(kAccessKindNames[i]);
  return kinds;
}

AccessMask mask_of_names(const Json& names) {
  unsigned mask = 0;
  for (const Json& name : names)
    if (const auto kind = access_kind_named(name.get<std::string>())) mask |= mask_of(*kind);
  return static_cast<AccessMask>(mask);
}

}  // namespace

std::string grant_json(const StoredGrant& stored) {
  const Grant& grant = stored.grant;
  const Json json = {{"id", grant.id},
                     {"user", grant.user},
                     {"service", grant.service},
                     {"store", grant.store},
                     {"clients", grant.clients},
                     {"access", kinds_of(grant.access)},
                     {"purpose", grant.purpose},
                     {"reference", grant.reference},
                     {"approved_by", grant.approved_by},
                     {"requested_by", grant.requested_by},
                     {"given_wall_ns", grant.given_wall_ns},
                     {"expires_wall_ns", grant.expires_wall_ns},
                     {"given_boot_ns", grant.given_boot_ns},
                     {"expires_boot_ns", grant.expires_boot_ns},
                     {"revoked_boot_ns", grant.revoked_boot_ns},
                     {"boot_id", stored.boot_id},
                     {"end_is_told", stored.end_is_told},
                     {"break_glass", grant.is_break_glass},
                     {"reviewed_by", grant.reviewed_by},
                     {"source", grant.source}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<StoredGrant> grant_from_json(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    StoredGrant stored;
    Grant& grant = stored.grant;
    json.at("id").get_to(grant.id);
    json.at("user").get_to(grant.user);
    json.at("service").get_to(grant.service);
    json.at("store").get_to(grant.store);
    json.at("clients").get_to(grant.clients);
    grant.access = mask_of_names(json.at("access"));
    json.at("purpose").get_to(grant.purpose);
    json.at("reference").get_to(grant.reference);
    json.at("approved_by").get_to(grant.approved_by);
    json.at("requested_by").get_to(grant.requested_by);
    grant.given_wall_ns = moment_in(json, "given_wall_ns");
    grant.expires_wall_ns = number_in<std::int64_t>(json, "expires_wall_ns");
    grant.given_boot_ns = number_in<std::uint64_t>(json, "given_boot_ns");
    grant.expires_boot_ns = number_in<std::uint64_t>(json, "expires_boot_ns");
    grant.revoked_boot_ns = number_in<std::uint64_t>(json, "revoked_boot_ns");
    json.at("boot_id").get_to(stored.boot_id);
    json.at("end_is_told").get_to(stored.end_is_told);
    json.at("break_glass").get_to(grant.is_break_glass);
    json.at("reviewed_by").get_to(grant.reviewed_by);
    json.at("source").get_to(grant.source);
    if (grant.expires_wall_ns < grant.given_wall_ns) return fail("is no grant: it ends before it begins");
    return stored;
  } catch (const Json::exception& error) {
    return fail(std::string("is no grant: ") + error.what());
  }
}

}  // namespace purposewatch
