#include "agent/flow/copies_file.h"

#include <nlohmann/json.hpp>

#include "agent/files/byte_text.h"
#include "agent/files/json_number.h"
#include "agent/files/json_rows.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCopiesBytesMax = std::size_t{64} << 20;  // of as many as are kept, with long paths

}  // namespace

Result<std::vector<DerivedFile>> read_copies(const std::string& path) {
  std::vector<DerivedFile> all;
  const auto read = read_json_rows(path, kCopiesBytesMax, [&](const Json& json) {
    DerivedFile file;
    file.file = {.inode = number_in<std::uint64_t>(json, "inode"),
                 .device = number_in<std::uint32_t>(json, "device"),
                 .generation = number_in<std::uint32_t>(json, "generation")};
    json.at("stores").get_to(file.stores);
    file.path = as_bytes(json.at("path"));
    all.push_back(std::move(file));
  });
  if (!read) return tl::unexpected(read.error());
  return all;
}

Result<void> write_copies(const std::string& path, const std::vector<DerivedFile>& all) {
  Json json = Json::array();
  for (const DerivedFile& file : all)
    json.push_back({{"path", as_text(file.path)},
                    {"inode", file.file.inode},
                    {"device", file.file.device},
                    {"generation", file.file.generation},
                    {"stores", file.stores}});
  return write_json_rows(path, json);
}

}  // namespace purposewatch
