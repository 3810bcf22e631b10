#include <fmt/format.h>

#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"

// Documentation/admin-guide/md.rst; the state "broken" (a striped array lacks a disk) since Linux 5.4.
namespace purposewatch {
namespace {

struct Array {
  std::string name, directory;  // "md0", "/sys/block/md0/md/"
  std::string state, level;
};

std::string field(const HostView& host, const Array& array, const std::string& file) {
  return line_of_file(host.path(array.directory + file)).value_or("");
}

// A container of arrays (Intel's and DDF's), which is never active itself: "external:imsm". Those in it say
// "external:/md127/0", or with a dash for the slash.
bool is_container(const HostView& host, const Array& array) {
  constexpr std::string_view kExternal = "external:";
  const std::string metadata = field(host, array, "metadata_version");
  return metadata.starts_with(kExternal) &&
         metadata.find_first_of("/-", kExternal.size()) != kExternal.size();
}

std::vector<Array> arrays_of(const HostView& host, const std::vector<std::string>& names) {
  std::vector<Array> arrays;
  for (const std::string& name : names) {
    Array array{.name = name, .directory = "/sys/block/" + name + "/md/", .state = "", .level = ""};
    if (!is_there(host.path(array.directory)).value_or(false)) continue;
    array.state = field(host, array, "array_state");
    array.level = field(host, array, "level");
    // "clear" is what is left of one that was stopped.
    if (array.state != "clear" && !is_container(host, array)) arrays.push_back(std::move(array));
  }
  return arrays;
}

// Members are directories "dev-sda1".
std::vector<std::string> faulty_members(const HostView& host, const Array& array) {
  std::vector<std::string> faulty;
  for (const std::string& name :
       names_in_directory(host.path(array.directory)).value_or(std::vector<std::string>()))
    if (name.starts_with("dev-") && field(host, array, name + "/state").find("faulty") != std::string::npos)
      faulty.push_back(name.substr(4));
  return faulty;
}

std::string title_of(const Array& array) {
  return array.level.empty() ? array.name : array.name + " (" + array.level + ")";
}

// Empty: nothing is wrong with it. Nothing: that cannot be told.
std::optional<std::string> what_is_wrong(const HostView& host, const Array& array) {
  if (array.state == "inactive") return title_of(array) + " is not running";
  if (array.state == "broken") return title_of(array) + " is broken: it lacks a disk";
  if (const auto faulty = faulty_members(host, array); !faulty.empty())
    return title_of(array) + ": " + some_of(faulty) + " has failed";
  const auto missing = number_of_file(host.path(array.directory + "degraded"));
  if (missing.value_or(0) > 0)
    return fmt::format("{} lacks {} of {} disks{}", title_of(array), *missing,
                       field(host, array, "raid_disks"),
                       field(host, array, "sync_action") == "recover" ? ", and is being rebuilt" : "");
  const bool is_redundant = array.level != "raid0" && array.level != "linear" && array.level != "faulty";
  if (array.state.empty() || (is_redundant && !missing)) return std::nullopt;
  return "";
}

}  // namespace

SafeguardResult check_raid_healthy(const Safeguard&, const HostView& host) {
  const auto names = names_in_directory(host.path("/sys/block"));
  if (!names) return is_unknown("/sys/block cannot be read", "Is /sys mounted?");
  std::vector<std::string> found, unclear;
  const std::vector<Array> arrays = arrays_of(host, *names);
  for (const Array& array : arrays) {
    const auto wrong = what_is_wrong(host, array);
    if (!wrong)
      unclear.push_back(array.name);
    else if (!wrong->empty())
      found.push_back(*wrong);
  }
  if (!found.empty())
    return is_violated(
        some_of(found),
        "See which disk it is: cat /proc/mdstat; mdadm --detail /dev/md0. Check that the backup "
        "is fresh, then replace it: mdadm /dev/md0 --add /dev/NEW.");
  if (!unclear.empty())
    return is_unknown("the state of " + some_of(unclear) + " cannot be read",
                      "Look yourself: cat /proc/mdstat");
  if (arrays.empty())
    return is_unknown("there is no md array",
                      "If a controller does RAID here, ask its own tool; else take this safeguard out of the "
                      "policy of this host.");
  return is_ok(fmt::format("{} of {} arrays have all their disks", arrays.size(), arrays.size()));
}

}  // namespace purposewatch
