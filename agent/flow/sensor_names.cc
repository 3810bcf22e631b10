#include "agent/flow/sensor_names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/files/byte_text.h"
#include "agent/files/json_number.h"
#include "agent/files/json_rows.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNamesBytesMax = std::size_t{64} << 20;

Json texts(const std::vector<std::string>& all) {
  Json json = Json::array();
  for (const std::string& one : all) json.push_back(as_text(one));
  return json;
}

std::vector<std::string> bytes(const Json& json) {
  std::vector<std::string> all;
  for (const Json& one : json) all.push_back(as_bytes(one));
  return all;
}

Json json_of(const SensorNames& names) {
  Json json = {{"instance", names.instance},   {"pin_name", names.pin_name},
               {"interface", names.interface}, {"boot_id", names.boot_id},
               {"began", names.began_boot_ns}, {"programs", texts(names.programs)},
               {"scripts", names.scripts},     {"stores", texts(names.stores)}};
  json["counters"] = json["generations"] = json["marks"] = Json::array();
  for (const CounterLabel& label : names.counters)
    json["counters"].push_back(
        {label.store, label.service, label.permit, label.purpose, std::string(name_of(label.kind))});
  for (const PolicyTables::Names& one : names.generations)
    json["generations"].push_back(
        {{"generation", one.generation}, {"stores", texts(one.stores)}, {"anchors", texts(one.anchors)}});
  for (const auto& [inode, path] : names.marks)
    json["marks"].push_back({inode.inode, inode.device, inode.generation, as_text(path)});
  return json;
}

SensorNames names_of(const Json& json) {
  SensorNames names;
  names.instance = number_in<std::uint64_t>(json, "instance");
  json.at("pin_name").get_to(names.pin_name);
  json.at("interface").get_to(names.interface);
  json.at("boot_id").get_to(names.boot_id);
  names.began_boot_ns = number_in<std::uint64_t>(json, "began");
  names.programs = bytes(json.at("programs"));
  for (const Json& script : json.at("scripts")) names.scripts.insert(whole_number<std::uint32_t>(script));
  names.stores = bytes(json.at("stores"));
  for (const Json& row : json.at("counters"))
    names.counters.push_back({row.at(0), row.at(1), row.at(2), row.at(3),
                              access_kind_named(row.at(4).get<std::string>()).value_or(AccessKind::kRead)});
  for (const Json& row : json.at("generations"))
    names.generations.push_back(
        {number_in<std::uint32_t>(row, "generation"), bytes(row.at("stores")), bytes(row.at("anchors"))});
  for (const Json& row : json.at("marks"))
    names.marks[{.inode = whole_number<std::uint64_t>(row.at(0)),
                 .device = whole_number<std::uint32_t>(row.at(1)),
                 .generation = whole_number<std::uint32_t>(row.at(2))}] = as_bytes(row.at(3));
  return names;
}

}  // namespace

Result<std::optional<SensorNames>> read_sensor_names(const std::string& path) {
  std::optional<SensorNames> names;
  auto read = read_json_rows(path, kNamesBytesMax, [&](const Json& row) { names = names_of(row); });
  if (!read) return tl::unexpected(read.error());
  return names;
}

Result<void> write_sensor_names(const std::string& path, const SensorNames& names) {
  return write_json_rows(path, Json::array({json_of(names)}));
}

}  // namespace purposewatch
