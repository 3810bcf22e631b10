// Whether the run of the agent before this one was cut off: by a power failure, for instance. One file in the
// state directory says when it was last alive, and whether it was told to stop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace purposewatch {

class LastRun {
 public:
  // boot_id: of now.
  LastRun(const std::string& state_dir, std::string boot_id);

  // When the one before was last known to be alive (nanoseconds since the epoch), if that was in another boot
  // of the host and it was not told to stop.
  bool knows_run_before() const { return knows_run_before_; }
  std::optional<std::int64_t> cut_off_wall_ns() const { return cut_off_wall_ns_; }
  // Writes a file, and has it on the disk.
  void is_alive(std::int64_t wall_ns) const { write(wall_ns, false); }
  void is_told_to_stop(std::int64_t wall_ns) const { write(wall_ns, true); }

 private:
  void write(std::int64_t wall_ns, bool is_stopped) const;

  std::string file_, boot_id_;
  bool knows_run_before_ = false;
  std::optional<std::int64_t> cut_off_wall_ns_;
};

}  // namespace purposewatch
