#include "agent/flow/counted_file.h"

#include <nlohmann/json.hpp>

#include "agent/files/byte_text.h"
#include "agent/files/json_number.h"
#include "agent/files/json_rows.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCountsBytesMax = std::size_t{256} << 20;  // of a million clients with long names

}  // namespace

Result<std::vector<Limits::Counted>> read_counted(const std::string& path) {
  std::vector<Limits::Counted> all;
  const auto read = read_json_rows(path, kCountsBytesMax, [&](const Json& json) {
    Limits::Counted one;
    one.key = as_bytes(json.at("key"));
    for (const Json& client : json.at("clients"))
      one.clients.emplace_back(as_bytes(client.at(0)), moment(client.at(1)));
    for (const Json& second : json.at("accesses"))
      one.accesses.emplace_back(moment(second.at(0)), whole_number<std::uint64_t>(second.at(1)));
    for (const Json& day : json.at("days")) one.days.push_back(whole_number<std::int64_t>(day));
    all.push_back(std::move(one));
  });
  if (!read) return tl::unexpected(read.error());
  return all;
}

Result<void> write_counted(const std::string& path, const std::vector<Limits::Counted>& all) {
  Json json = Json::array();
  for (const Limits::Counted& one : all) {
    Json clients = Json::array();
    for (const auto& [client, wall_ns] : one.clients) clients.push_back({as_text(client), wall_ns});
    json.push_back({{"key", as_text(one.key)},
                    {"clients", std::move(clients)},
                    {"accesses", one.accesses},
                    {"days", one.days}});
  }
  return write_json_rows(path, json);
}

}  // namespace purposewatch
