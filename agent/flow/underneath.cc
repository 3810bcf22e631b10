#include "agent/flow/underneath.h"

#include <spdlog/spdlog.h>

#include "agent/kernel/inodes.h"
#include "rules/base/read_text.h"

namespace purposewatch {
namespace {

constexpr std::chrono::seconds kLookAgain{1};

}  // namespace

void Underneath::look(std::shared_ptr<const RuleSet> rules) {
  rules_ = std::move(rules);
  looked_ = std::chrono::steady_clock::now();
  devices_ = find_store_devices(*rules_, "/sys", read_text("/proc/self/mountinfo"), read_text("/proc/swaps"));
  mark_backing_files();
}

void Underneath::mark_backing_files() {
  std::vector<std::string> paths;
  for (const auto& [path, stores] : devices_.by_backing_file) paths.push_back(path);
  const auto inodes = find_inodes(sensor_, paths);
  if (!inodes) return spdlog::error("files that hold stores: {}", inodes.error().message);
  std::map<InodeKey, std::vector<std::string>> found;
  for (std::size_t i = 0; i < paths.size(); ++i)
    if ((*inodes)[i]) found[InodeKey::of(*(*inodes)[i])] = devices_.by_backing_file.at(paths[i]);
  for (const auto& [inode, stores] : backing_files_)
    if (!found.contains(inode)) marks_.remove(inode);
  for (const auto& [inode, stores] : found)
    if (auto marked = marks_.put_undecided(inode); !marked) spdlog::error("{}", marked.error().message);
  backing_files_ = std::move(found);
}

std::vector<std::string> Underneath::stores_on(std::uint32_t device) {
  const dev_t number = device_number(device);
  auto found = devices_.by_device.find(number);
  if (found == devices_.by_device.end() && std::chrono::steady_clock::now() - looked_ >= kLookAgain) {
    look(rules_);
    found = devices_.by_device.find(number);
  }
  return found == devices_.by_device.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::string> Underneath::stores_in(std::uint32_t device) {
  if (device >> 20 != 0) return stores_on(device);
  std::vector<std::string> all;
  for (const Store& store : rules_->stores) all.push_back(store.name);
  return all;
}

std::vector<std::string> Underneath::stores_behind(const InodeKey& inode) const {
  const auto found = backing_files_.find(inode);
  return found == backing_files_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace purposewatch
