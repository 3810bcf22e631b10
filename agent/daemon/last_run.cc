#include "agent/daemon/last_run.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/files/json_number.h"
#include "agent/files/whole_file.h"

namespace purposewatch {

using Json = nlohmann::ordered_json;

LastRun::LastRun(const std::string& state_dir, std::string boot_id)
    : file_(state_dir + "/last-run.json"), boot_id_(std::move(boot_id)) {
  const auto text = read_whole_file(file_);
  const Json before = Json::parse(text ? *text : "", nullptr, false);
  if (!before.is_object()) return;
  try {
    const bool is_same_boot = before.at("boot_id").get<std::string>() == boot_id_;
    const bool is_stopped = before.at("stopped").get<bool>();
    const auto alive = moment_in(before, "alive_wall_ns");
    if (is_same_boot) {
      // What was found at this boot's first start holds as long as it does.
      knows_run_before_ = before.at("knows_run_before").get<bool>();
      if (const Json& cut_off = before.at("cut_off_wall_ns"); !cut_off.is_null())
        cut_off_wall_ns_ = moment(cut_off);
    } else {
      knows_run_before_ = true;
      if (!is_stopped) cut_off_wall_ns_ = alive;
    }
  } catch (const Json::exception&) {  // a file that is none says nothing
    knows_run_before_ = false;
  }
}

void LastRun::write(std::int64_t wall_ns, bool is_stopped) const {
  Json now = {{"boot_id", boot_id_},
              {"alive_wall_ns", wall_ns},
              {"stopped", is_stopped},
              {"knows_run_before", knows_run_before_},
              {"cut_off_wall_ns", nullptr}};
  if (cut_off_wall_ns_) now["cut_off_wall_ns"] = *cut_off_wall_ns_;
  if (auto written = write_whole_file(file_, now.dump() + "\n"); !written)
    spdlog::error("{}", written.error().message);
}

}  // namespace purposewatch
