#include "tests/exporters/evidence/memory_storage.h"

#include <algorithm>

namespace purposewatch {
namespace {

void write_into(std::string& bytes, std::size_t offset, const std::string& what) {
  if (bytes.size() < offset + what.size()) bytes.resize(offset + what.size());
  std::copy(what.begin(), what.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

class MemoryFile final : public StoredFile {
 public:
  MemoryFile(MemoryStorage& disk, std::string name, std::shared_ptr<MemoryStorage::Inode> inode)
      : disk_(disk), name_(std::move(name)), inode_(std::move(inode)) {}

  Result<void> append(Bytes bytes) override { return write_at(inode_->bytes.size(), bytes); }

  Result<void> write_at(std::uint64_t offset, Bytes bytes) override {
    Result<void> fine;
    bool is_killed = false;
    try {
      fine = disk_.about_to("write " + name_);
    } catch (const Killed&) {
      is_killed = true;
    }
    if (fine && !disk_.hold(*inode_, offset + bytes.size())) fine = fail("no space left on device");
    std::string what(text_of(bytes));
    if (!fine || is_killed) what.resize(what.size() / 2);
    write_into(inode_->bytes, offset, what);
    inode_->unsynced.push_back({offset, std::move(what)});
    if (is_killed) throw Killed{};
    return fine;
  }

  Result<std::string> read(std::size_t bytes_max) override { return inode_->bytes.substr(0, bytes_max); }

  Result<std::string> read_at(std::uint64_t offset, std::size_t bytes_max) override {
    return inode_->bytes.substr(std::min<std::size_t>(offset, inode_->bytes.size()), bytes_max);
  }
  Result<std::uint64_t> size() override { return inode_->bytes.size(); }

  // fsync(2) that has failed: the kernel takes the pages for clean, and the next one says that all is well.
  Result<void> sync() override {
    if (auto fine = disk_.about_to("sync " + name_); !fine) {
      inode_->unsynced.clear();
      return fine;
    }
    inode_->synced = inode_->bytes;
    inode_->unsynced.clear();
    return {};
  }

  bool reserve(std::uint64_t bytes) override { return disk_.hold(*inode_, inode_->bytes.size() + bytes); }
  void release() override { inode_->held = inode_->bytes.size(); }
  bool is_in_place() override {
    const auto found = disk_.names.find(name_);
    return found != disk_.names.end() && found->second == inode_;
  }

 private:
  MemoryStorage& disk_;
  std::string name_;
  std::shared_ptr<MemoryStorage::Inode> inode_;
};

Result<void> MemoryStorage::about_to(const std::string& what) {
  const std::size_t number = operations++;
  return before ? before(number, what) : Result<void>();
}

std::uint64_t MemoryStorage::used() const {
  std::uint64_t used = 0;
  for (const auto& [name, inode] : names) used += std::max<std::uint64_t>(inode->held, inode->bytes.size());
  return used;
}

bool MemoryStorage::hold(Inode& inode, std::uint64_t bytes) {
  const std::uint64_t has = std::max<std::uint64_t>(inode.held, inode.bytes.size());
  if (bytes <= has) return true;
  if (used() + (bytes - has) > capacity) return false;
  inode.held = bytes;
  return true;
}

Result<std::vector<std::string>> MemoryStorage::list() {
  std::vector<std::string> all;
  for (const auto& [name, inode] : names) all.push_back(name);
  std::reverse(all.begin(), all.end());  // in no order that anybody could rely on
  return all;
}

Result<std::unique_ptr<StoredFile>> MemoryStorage::create(const std::string& name) {
  if (auto fine = about_to("create " + name); !fine) return tl::unexpected(fine.error());
  if (names.count(name) > 0) return fail(name + " is there");
  names[name] = std::make_shared<Inode>();
  unsynced_names_.push_back(names);
  return std::make_unique<MemoryFile>(*this, name, names[name]);
}

Result<std::unique_ptr<StoredFile>> MemoryStorage::open(const std::string& name) {
  const auto found = names.find(name);
  if (found == names.end()) return fail(name + " is not there");
  return std::make_unique<MemoryFile>(*this, name, found->second);
}

Result<void> MemoryStorage::rename(const std::string& from, const std::string& to) {
  if (auto fine = about_to("rename " + from); !fine) return fine;
  const auto found = names.find(from);
  if (found == names.end()) return fail(from + " is not there");
  names[to] = found->second;
  names.erase(from);
  unsynced_names_.push_back(names);
  return {};
}

Result<void> MemoryStorage::remove(const std::string& name) {
  if (auto fine = about_to("remove " + name); !fine) return fine;
  if (names.erase(name) == 0) return fail(name + " is not there");
  unsynced_names_.push_back(names);
  return {};
}

Result<void> MemoryStorage::sync_names() {
  if (auto fine = about_to("sync names"); !fine) return fine;
  synced_names_ = names;
  unsynced_names_.clear();
  return {};
}

Result<Storage::Space> MemoryStorage::space() {
  return Space{capacity - used(), capacity};
}

void MemoryStorage::cut_power(std::mt19937& random) {
  const std::size_t kept = random() % (unsynced_names_.size() + 1);
  names = kept == 0 ? synced_names_ : unsynced_names_[kept - 1];
  synced_names_ = names;
  unsynced_names_.clear();
  for (auto& [name, inode] : names) {
    std::shuffle(inode->unsynced.begin(), inode->unsynced.end(), random);
    for (Write& write : inode->unsynced) {
      const unsigned fate = random() % 4;
      if (fate == 0) continue;                                                 // lost
      if (fate == 1) write.bytes.resize(random() % (write.bytes.size() + 1));  // torn
      if (fate == 2 && !write.bytes.empty())                                   // a page of zeros in it
        std::fill_n(write.bytes.begin() + static_cast<std::ptrdiff_t>(random() % write.bytes.size()), 1,
                    '\0');
      write_into(inode->synced, write.offset, write.bytes);
    }
    inode->unsynced.clear();
    inode->bytes = inode->synced;
    inode->held = inode->bytes.size();
  }
}

}  // namespace purposewatch
