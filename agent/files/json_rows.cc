#include "agent/files/json_rows.h"

#include <filesystem>

#include "agent/files/whole_file.h"

namespace purposewatch {

using Json = nlohmann::ordered_json;

Result<void> read_json_rows(const std::string& path, std::size_t bytes_max,
                            const std::function<void(const Json& row)>& take) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  const auto text = read_whole_file(path, bytes_max);
  if (!text) return tl::unexpected(text.error());
  try {
    for (const Json& row : Json::parse(*text)) take(row);
  } catch (const Json::exception& problem) {
    return fail(path + ": " + problem.what());
  }
  return {};
}

Result<void> write_json_rows(const std::string& path, const Json& rows) {
  return write_whole_file(path, rows.dump(-1, ' ', true) + "\n");
}

}  // namespace purposewatch
