#include "agent/flow/disclosures.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "agent/kernel/address.h"
#include "agent/kernel/tcp_listeners.h"
#include "agent/storage/file_medium.h"
#include "rules/base/read_text.h"
#include "rules/judge.h"

namespace purposewatch {
namespace {

// What is known of the process itself, or else of the nearest above it of which something is; null: nothing.
template <class Find>
auto nearest(const Subject& subject, Find known_of) {
  auto known = known_of(std::pair(subject.pid, subject.start_boot_ns));
  for (auto above = subject.ancestors.begin(); known == nullptr && above != subject.ancestors.end(); ++above)
    known = known_of(std::pair(above->pid, above->start_boot_ns));
  return known;
}

}  // namespace

void Disclosures::remember(const Subject& subject, const std::string& store) {
  const Process process{subject.pid, subject.start_boot_ns};
  if (unsure_.size() >= kProcessesMax && !unsure_.contains(process)) unsure_.clear();
  unsure_[process].insert(store);
}

void Disclosures::remember_client(const Subject& subject, const std::string& store,
                                  const std::string& client) {
  const std::pair key{Process{subject.pid, subject.start_boot_ns}, store};
  if (clients_.size() >= kProcessesMax && !clients_.contains(key)) clients_.clear();
  const auto [known, is_new] = clients_.try_emplace(key, client);
  if (!is_new && known->second != client) known->second.clear();
}

std::optional<std::string> Disclosures::only_client(const Subject& subject, const std::string& store) const {
  const std::string* client = nearest(subject, [&](const Process& process) {
    const auto known = clients_.find({process, store});
    return known == clients_.end() ? nullptr : &known->second;
  });
  return client == nullptr || client->empty() ? std::nullopt : std::optional(*client);
}

std::set<std::string> Disclosures::remembered(const Subject& subject) const {
  const auto* stores = nearest(subject, [&](const Process& process) {
    const auto known = unsure_.find(process);
    return known == unsure_.end() ? nullptr : &known->second;
  });
  return stores == nullptr ? std::set<std::string>() : *stores;
}

Disclosures::Place Disclosures::place_of(const AccessRecord& record, const RuleSet& rules) const {
  const OutletRecord& outlet = *record.outlet;
  if (outlet.socket_file && marks_.path_of(*outlet.socket_file)) return Place::kInStore;  // it was moved
  if (outlet.protocol == "unix") return match_socket(rules, outlet.path) ? Place::kInStore : Place::kOutside;
  if (!outlet.file) return Place::kOutside;
  if (S_ISCHR(record.mode)) return Place::kOutside;
  if (S_ISFIFO(record.mode) || !outlet.path.starts_with('/')) return Place::kNameless;
  return match_store(rules, outlet.path) ? Place::kInStore : Place::kOutside;
}

// Once found, it is remembered until the socket's number may be another's: that takes as many as fit in 32
// bits.
std::shared_ptr<const Subject> Disclosures::server_of(std::uint64_t socket, std::uint64_t now_boot_ns) {
  if (socket == 0) return nullptr;
  if (const auto known = servers_.find(socket); known != servers_.end()) return known->second;
  const std::uint64_t second = now_boot_ns / 1'000'000'000;
  if (searches_second_ != second) searches_ = 0;
  searches_second_ = second;
  if (++searches_ > kSearchesMax) return nullptr;
  auto found = find_server_(socket);
  if (servers_.size() >= kServersMax) servers_.clear();
  return servers_[socket] = std::move(found);
}

namespace {

DisclosureKind kind_of_file(const AccessRecord& record) {
  const OutletRecord& outlet = *record.outlet;
  if (S_ISCHR(record.mode)) return DisclosureKind::kDisplay;
  // A pipe without a name is in no file system that is mounted; there are many.
  if (S_ISFIFO(record.mode) && outlet.path.empty()) return DisclosureKind::kCopy;
  return medium_of(device_number(outlet.file->device), read_mount_info(read_text("/proc/self/mountinfo")),
                   "/sys");
}

}  // namespace

Disclosure Disclosures::way_of(const AccessRecord& record) {
  const OutletRecord& outlet = *record.outlet;
  Disclosure way;
  way.path = outlet.path;
  way.was_told = outlet.was_told;
  if (outlet.file) {
    way.kind = kind_of_file(record);
    return way;
  }
  way.kind = outlet.is_local ? DisclosureKind::kLocal : DisclosureKind::kNetwork;
  way.protocol = outlet.protocol;
  way.address = outlet.address;
  way.port = outlet.port;
  way.is_answer = outlet.is_answer;
  if (!outlet.is_local || outlet.is_answer) return way;
  if (outlet.protocol == "unix") way.peer = server_of(outlet.socket, record.boot_ns);
  if (outlet.protocol != "tcp") return way;
  const auto listeners = tcp_listeners(outlet.port);
  const auto address = address_from(outlet.address);
  const TcpListener* there = listeners && address ? answering(*listeners, *address) : nullptr;
  if (there != nullptr) way.peer = server_of(there->socket, record.boot_ns);
  return way;
}

std::vector<Access> Disclosures::of(const AccessRecord& record, const Subject& subject,
                                    const RuleSet& rules) {
  const OutletRecord& outlet = *record.outlet;
  const Disclosure way = way_of(record);
  const auto is_told = [&](const std::string& name) {
    if (way.kind != DisclosureKind::kDisplay) return true;
    const auto store = std::ranges::find(rules.stores, name, &Store::name);
    return store != rules.stores.end() && store->notes_display;
  };
  std::vector<Access> accesses;
  const auto add = [&](const std::string& store, Carried carried) -> Access& {
    Access& access = accesses.emplace_back();
    access.kind = outlet.file ? AccessKind::kWrite : AccessKind::kConnect;
    access.kernel_store = store;
    access.kernel_client = only_client(subject, store);
    access.disclosure = way;
    access.disclosure->carried = carried;
    return access;
  };
  for (const auto& [number, carried] : outlet.stores)
    if (const auto store = tables_.store_of_number(number); store && is_told(*store)) add(*store, carried);
  if (const std::set<std::string> unsure = remembered(subject);
      outlet.has_others && !unsure.empty() && is_told(*unsure.begin())) {
    Access& access = add(*unsure.begin(), Carried::kInherited);
    access.other_stores.assign(std::next(unsure.begin()), unsure.end());
  }
  return accesses;
}

}  // namespace purposewatch
