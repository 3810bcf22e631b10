#include "agent/kernel/derived_files.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <utility>

#include "agent/kernel/inodes.h"

namespace purposewatch {

void DerivedFiles::remember(DerivedFile file) {
  have_changed_ = true;
  if (const auto known = files_.find(file.file); known != files_.end()) {
    known->second.second.stores.merge(file.stores);
    known->second.second.path = std::move(file.path);
    return;
  }
  if (files_.size() >= kFilesMax)
    files_.erase(std::ranges::min_element(files_, {}, [](const auto& entry) { return entry.second.first; }));
  const InodeKey key = file.file;
  files_.try_emplace(key, next_++, std::move(file));
}

void DerivedFiles::forget(const InodeKey& file) {
  const pw_inode_key key = file.raw();
  (void)bpf_map_delete_elem(sensor_.map("derived_files"), &key);  // it may have made room already
  if (files_.erase(file) > 0) have_changed_ = true;
}

std::vector<DerivedFile> DerivedFiles::all() {
  have_changed_ = false;
  std::vector<DerivedFile> all;
  for (const auto& [key, numbered] : files_) all.push_back(numbered.second);
  return all;
}

Result<void> DerivedFiles::restore(std::vector<DerivedFile> files,
                                   const std::map<std::string, std::uint32_t>& number_of) {
  std::vector<std::string> paths;
  for (const DerivedFile& file : files) paths.push_back(file.path);
  const auto there = find_inodes(sensor_, paths);
  if (!there) return tl::unexpected(there.error());
  for (std::size_t i = 0; i < files.size(); ++i) {
    DerivedFile& file = files[i];
    pw_held held{};
    for (const std::string& store : file.stores)
      if (const auto number = number_of.find(store);
          number != number_of.end() && number->second < PW_HELD_MAX)
        held.stores[number->second / 64] |= std::uint64_t{1} << number->second % 64;
    const auto& found = (*there)[i];
    if (found && found->inode == file.file.inode && found->generation == file.file.generation)
      file.file = InodeKey::of(*found);
    if (auto put = sensor_.put_derived_file(file.file.raw(), held); !put) return put;
    remember(std::move(file));
  }
  have_changed_ = false;
  return {};
}

}  // namespace purposewatch
