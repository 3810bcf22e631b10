#include "exporters/evidence/storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "rules/base/descriptor.h"

namespace purposewatch {
namespace {

tl::unexpected<Error> failed(const std::string& what, const std::string& name) {
  return fail("cannot " + what + " " + name + ": " + std::strerror(errno));
}

// What else has the name of a segment is none: a directory, a pipe, a link.
bool is_regular(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_REG;
  struct stat status {};
  return fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

class DiskFile final : public StoredFile {
 public:
  DiskFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> append(Bytes bytes) override {
    const off_t end = lseek(file_.get(), 0, SEEK_END);
    if (end < 0) return failed("append to", path_);
    return write_at(static_cast<std::uint64_t>(end), bytes);
  }

  Result<void> write_at(std::uint64_t offset, Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return failed("write", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  Result<std::string> read(std::size_t bytes_max) override { return read_at(0, bytes_max); }

  Result<std::string> read_at(std::uint64_t offset, std::size_t bytes_max) override {
    std::string bytes;
    if (auto read = fill(bytes, offset, bytes_max); !read) return tl::unexpected(read.error());
    return bytes;
  }

  Result<void> read_into(std::string& bytes, std::size_t bytes_max) override {
    return fill(bytes, 0, bytes_max);
  }

  Result<std::uint64_t> size() override {
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) return failed("read", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<void> sync() override {
    if (fdatasync(file_.get()) != 0) return failed("sync", path_);
    return {};
  }

  bool reserve(std::uint64_t bytes) override {
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) return false;
    return fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, status.st_size, static_cast<off_t>(bytes)) == 0 ||
           errno == EOPNOTSUPP;
  }

  // truncate(2) to the size that it has lets go of blocks beyond.
  void release() override {
    struct stat status {};
    if (fstat(file_.get(), &status) == 0) (void)!ftruncate(file_.get(), status.st_size);
  }

  bool is_in_place() override {
    struct stat here {
    }, there{};
    return fstat(file_.get(), &here) == 0 && lstat(path_.c_str(), &there) == 0 &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
  }

 private:
  Result<void> fill(std::string& bytes, std::uint64_t offset, std::size_t bytes_max) {
    const auto all = size();
    if (!all) return tl::unexpected(all.error());
    bytes.resize(std::min<std::uint64_t>(bytes_max, *all - std::min(offset, *all)));
    std::size_t got = 0;
    while (got < bytes.size()) {
      const ssize_t count =
          pread(file_.get(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(offset + got));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("read", path_);
      if (count == 0) break;
      got += static_cast<std::size_t>(count);
    }
    bytes.resize(got);
    return {};
  }

  Descriptor file_;
  std::string path_;
};

class Directory : public Storage {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {}

  Result<std::vector<std::string>> list() override {
    if (auto made = make(); !made) return tl::unexpected(made.error());
    return names();
  }

  Result<std::unique_ptr<StoredFile>> create(const std::string& name) override {
    if (auto made = make(); !made) return tl::unexpected(made.error());
    return opened(name, O_RDWR | O_CREAT | O_EXCL);
  }

  Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
    auto file = opened(name, O_RDWR);
    if (file || (errno != EROFS && errno != EACCES && errno != EPERM)) return file;
    return opened(name, O_RDONLY);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(path_of(from).c_str(), path_of(to).c_str()) != 0) return failed("rename", path_of(from));
    return {};
  }

  Result<void> remove(const std::string& name) override {
    if (unlink(path_of(name).c_str()) != 0) return failed("remove", path_of(name));
    return {};
  }

  Result<void> sync_names() override {
    const Descriptor directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || fsync(directory.get()) != 0) return failed("sync", path_);
    return {};
  }

  Result<Space> space() override {
    struct statvfs status {};
    if (statvfs(path_.c_str(), &status) != 0) return failed("ask for the space of", path_);
    return Space{std::uint64_t{status.f_bavail} * status.f_frsize,
                 std::uint64_t{status.f_blocks} * status.f_frsize};
  }

 protected:
  Result<std::vector<std::string>> names() {
    std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path_.c_str()), closedir);
    if (!directory) return failed("list", path_);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(directory.get()))
      if (is_regular(dirfd(directory.get()), *entry)) names.emplace_back(entry->d_name);
    return names;
  }

  Result<std::unique_ptr<StoredFile>> opened(const std::string& name, int flags) {
    Descriptor file(::open(path_of(name).c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file) return failed("open", path_of(name));
    struct stat status {};
    if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
      return fail(path_of(name) + " is no regular file");
    return std::make_unique<DiskFile>(std::move(file), path_of(name));
  }

 private:
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  Result<void> make() {
    struct stat status {};
    if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", path_);
    if (lstat(path_.c_str(), &status) != 0) return failed("look at", path_);
    if (!S_ISDIR(status.st_mode)) return fail(path_ + " is no directory");
    if ((status.st_mode & 077) != 0 && chmod(path_.c_str(), 0700) != 0 && errno != EROFS)
      return failed("close to others", path_);
    return {};
  }

  std::string path_;
};

class ReadOnlyDirectory final : public Directory {
 public:
  using Directory::Directory;
  Result<std::vector<std::string>> list() override { return names(); }
  Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
    return opened(name, O_RDONLY);
  }
  Result<std::unique_ptr<StoredFile>> create(const std::string& name) override { return refused(name); }
  Result<void> rename(const std::string& from, const std::string&) override { return refused(from); }
  Result<void> remove(const std::string& name) override { return refused(name); }

 private:
  static tl::unexpected<Error> refused(const std::string& name) {
    return fail("cannot change " + name + ": it is only read");
  }
};

}  // namespace

Result<void> StoredFile::read_into(std::string& bytes, std::size_t bytes_max) {
  auto fresh = read(bytes_max);
  if (!fresh) return tl::unexpected(fresh.error());
  bytes = std::move(*fresh);
  return {};
}

std::unique_ptr<Storage> storage_in(const std::string& directory) {
  return std::make_unique<Directory>(directory);
}

std::unique_ptr<Storage> read_only_storage_in(const std::string& directory) {
  return std::make_unique<ReadOnlyDirectory>(directory);
}

}  // namespace purposewatch
