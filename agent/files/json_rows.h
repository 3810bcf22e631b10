// A file that is one JSON list, as the agent keeps in its state directory what must outlive it.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// Calls `take` with each row; of a file that is not there, never. take may throw nlohmann::json::exception:
// then, as when the file is no JSON, that is the error.
Result<void> read_json_rows(const std::string& path, std::size_t bytes_max,
                            const std::function<void(const nlohmann::ordered_json& row)>& take);
Result<void> write_json_rows(const std::string& path, const nlohmann::ordered_json& rows);

}  // namespace purposewatch
