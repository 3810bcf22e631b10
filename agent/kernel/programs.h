// The policy's executables and scripts in the kernel: which inode each `exe:` and `script:` path is now. A
// package upgrade renames a new file over the old one: that is followed, and told.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/kernel/sensor.h"
#include "agent/kernel/slots.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

// The names by which a script may be started: the path that the policy writes, the one that its links lead
// to, and that without /usr where the system links it so. Whoever starts it by another name could make that
// lead elsewhere before the interpreter opens it.
std::vector<std::string> names_of_script(const std::string& path);

class Programs {
 public:
  // `numbers` outlives this object.
  Programs(Sensor& sensor, const ProgramNumbers& numbers) : sensor_(sensor), numbers_(numbers) {}

  // Looks at every path again, tells the kernel and the log what changed, and then has running tasks of no
  // program stamped again.
  Result<void> refresh();

  // The `exe:` path that a running executable is, or empty: looks again when the policy's path of that name
  // was another file so far, since its replacement may have been started before anyone noticed.
  std::string identify(const pw_inode_key& inode, const std::string& path);

  // `path` when the script that was started by that name is what the policy's path leads to, or empty: looks
  // again, likewise.
  std::string identify_script(const pw_inode_key& inode, const std::string& path);

  // Readable when a directory that holds one of the programs, or should, has changed; drain() then refresh().
  int watch_descriptor() const { return watch_.get(); }
  void drain();

 private:
  void watch_directories();
  std::string path_of(const pw_inode_key& inode) const;
  void refresh_unless(const std::string& path, const pw_inode_key& inode);
  Result<void> put_scripts();

  Sensor& sensor_;
  const ProgramNumbers& numbers_;
  std::map<std::string, std::optional<pw_inode_key>> inodes_;  // by path
  std::set<std::string> script_names_;                         // that the kernel knows
  Descriptor watch_;
};

}  // namespace purposewatch
