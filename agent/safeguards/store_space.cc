#include <fmt/format.h>

#include <set>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/shown_path.h"
#include "agent/safeguards/host/store_mounts.h"
#include "agent/safeguards/host/store_places.h"

namespace purposewatch {
namespace {

double percent_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void look_at(const StorePlace& place, const FileSystemRoom& room, std::uint32_t percent_min,
             std::vector<std::string>& short_of) {
  const double bytes = percent_of(room.free_bytes, room.bytes),
               inodes = percent_of(room.free_inodes, room.inodes);
  if (bytes < percent_min)
    short_of.push_back(fmt::format("store {} has {:.1f}% free at {}", place.store, bytes, place.root));
  if (inodes < percent_min)
    short_of.push_back(
        fmt::format("store {} has {:.1f}% of its inodes free at {}", place.store, inodes, place.root));
}

}  // namespace

SafeguardResult check_store_space(const Safeguard& promised, const HostView& host) {
  std::vector<std::string> short_of, unclear;
  std::set<std::string> absent, present;
  const std::vector<StorePlace> places = store_places(promised, *host.rules);
  for (const StorePlace& place : places) {
    const auto room = host.calls.room ? host.calls.room(host.path(place.root)) : std::nullopt;
    if (room && room->bytes > 0)
      look_at(place, *room, promised.free_percent, short_of);
    else if (is_there(host.path(place.root)).value_or(true))
      unclear.push_back(place.root + " (store " + place.store + ")");
    else
      absent.insert(place.store);
    if (room) present.insert(place.store);
  }
  // What is mounted within a store has room of its own.
  if (const auto mounts = mounts_of_host(host); mounts && host.calls.room)
    for (const std::size_t index : promised.stores)
      for (const MountInfo* mount : mounts_of_store(host, host.rules->stores[index], *mounts))
        if (const auto room = host.calls.room(host.path(mount->point)); room && room->bytes > 0)
          look_at({host.rules->stores[index].name, shown_path(*host.rules, mount->point)}, *room,
                  promised.free_percent, short_of);
  // Of a store that has several places, a host may have some.
  for (const std::string& store : absent)
    if (!present.contains(store)) unclear.push_back("store " + store + ", of which nothing is there");
  if (!short_of.empty())
    return is_violated(
        some_of(short_of),
        fmt::format("See what fills it: df -h, df -i, du -xh --max-depth=2 PATH | sort -h. Make room, "
                    "or grow it, until {}% are free.",
                    promised.free_percent));
  if (!unclear.empty())
    return is_unknown("how much room there is cannot be told of " + some_of(unclear),
                      "Does the path exist, and is it mounted? findmnt --target PATH");
  if (places.empty())
    return is_unknown("no store lies in files", "Take this safeguard out of the policy of this host.");
  return is_ok(fmt::format("every store has {}% free or more", promised.free_percent));
}

}  // namespace purposewatch
