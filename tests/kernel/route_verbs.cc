#include "tests/kernel/route_verbs.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "rules/base/descriptor.h"
#include "tests/kernel/verb_table.h"

namespace purposewatch::testing {
namespace {

using Words = std::vector<std::string>;

Descriptor to_read(const std::string& path) {
  return Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

bool map(const Words& words) {
  const Descriptor file = to_read(words[0]);
  if (!file) return false;
  void* memory = mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED) return false;
  const bool has_content = *static_cast<volatile char*>(memory) != 0;
  return munmap(memory, 1) == 0 && has_content;
}

bool submit(const Words& words) {
  const Descriptor file = to_read(words[0]);
  aio_context_t context = 0;
  if (!file || syscall(SYS_io_setup, 1, &context) != 0) return false;
  char byte = 0;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PREAD;
  request.aio_fildes = static_cast<__u32>(file.get());
  request.aio_buf = reinterpret_cast<__u64>(&byte);
  request.aio_nbytes = 1;
  iocb* requests[] = {&request};
  io_event event{};
  const bool done = syscall(SYS_io_submit, context, 1, requests) == 1 &&
                    syscall(SYS_io_getevents, context, 1, 1, &event, nullptr) == 1 && event.res == 1;
  return syscall(SYS_io_destroy, context) == 0 && done;
}

bool copy(const Words& words, const std::function<bool(int from, int to)>& bytes) {
  const Descriptor from = to_read(words[0]);
  const Descriptor to(open(words[1].c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return from && to && bytes(from.get(), to.get());
}

bool splice_through_pipe(int from, int to) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const Descriptor out(ends[0]), in(ends[1]);
  return splice(from, nullptr, in.get(), nullptr, 1, 0) == 1 &&
         splice(out.get(), nullptr, to, nullptr, 1, 0) == 1;
}

bool steal(const Words& words) {
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + words[0] + "/fd")) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(entry.path(), ignored).string().starts_with("/tmp/"))
      found = static_cast<bool>(to_read(entry.path())) || found;
  }
  return found;
}

struct Handle {
  file_handle head{};
  std::array<unsigned char, MAX_HANDLE_SZ> bytes{};
};

bool save_handle(const Words& words) {
  Handle handle;
  handle.head.handle_bytes = sizeof(handle.bytes);
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, words[0].c_str(), &handle.head, &mount, 0) != 0) return false;
  std::ofstream file(words[1], std::ios::binary);
  file.write(reinterpret_cast<const char*>(&handle), sizeof(handle));
  return file.good();
}

bool open_handle(const Words& words) {
  Handle handle;
  std::ifstream(words[0], std::ios::binary).read(reinterpret_cast<char*>(&handle), sizeof(handle));
  const Descriptor mount = to_read(words[1]);
  const Descriptor file(open_by_handle_at(mount.get(), &handle.head, O_RDONLY | O_CLOEXEC));
  char byte = 0;
  return file && read(file.get(), &byte, 1) == 1;
}

bool read_in_clone(const Words& words) {
  const Descriptor tree(static_cast<int>(
      syscall(SYS_open_tree, AT_FDCWD, words[0].c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  return tree && Descriptor(openat(tree.get(), words[1].c_str(), O_RDONLY | O_CLOEXEC));
}

bool listen(const Words& words) {
  const Descriptor group(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC));
  if (!group || fanotify_mark(group.get(), FAN_MARK_ADD, FAN_OPEN | FAN_EVENT_ON_CHILD, AT_FDCWD,
                              words[0].c_str()) != 0)
    return false;
  const Descriptor ready(open(words[1].c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  fanotify_event_metadata event{};
  if (!ready || read(group.get(), &event, sizeof(event)) != sizeof(event)) return false;
  const Descriptor file(event.fd);
  char byte = 0;
  return file && read(file.get(), &byte, 1) == 1;
}

// A listener that ends at once: of the mount of a directory, with descriptors or with names alone.
bool ask(const Words& words, unsigned reports) {
  const Descriptor group(
      fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | reports, static_cast<unsigned>(O_RDONLY | O_CLOEXEC)));
  return group &&
         fanotify_mark(group.get(), FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, words[0].c_str()) == 0;
}

bool pivot(const Words& words) {
  return chdir(words[0].c_str()) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
         umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

bool mount_overlay(const Words& words) {
  const std::string options = "lowerdir=" + words[0] + ",upperdir=" + words[1] + ",workdir=" + words[2];
  return mount("overlay", words[3].c_str(), "overlay", 0, options.c_str()) == 0;
}

struct Verb {
  int arguments;
  std::function<bool(const Words&)> run;
};

Verb copying(std::function<bool(int from, int to)> bytes) {
  return {2, [bytes = std::move(bytes)](const Words& words) { return copy(words, bytes); }};
}

const std::map<std::string, Verb>& verbs() {
  static const std::map<std::string, Verb> all = {
      {"mmap", {1, map}},
      {"aio", {1, submit}},
      {"sendfile", copying([](int from, int to) { return sendfile(to, from, nullptr, 1) == 1; })},
      {"splice", copying(splice_through_pipe)},
      {"copy-range",
       copying([](int from, int to) { return copy_file_range(from, nullptr, to, nullptr, 1, 0) == 1; })},
      {"reflink", copying([](int from, int to) { return ioctl(to, FICLONE, from) == 0; })},
      {"steal", {1, steal}},
      {"save-handle", {2, save_handle}},
      {"open-handle", {2, open_handle}},
      {"clone-read", {2, read_in_clone}},
      {"listen", {2, listen}},
      {"ask-mount", {1, [](const Words& words) { return ask(words, 0); }}},
      {"ask-names", {1, [](const Words& words) { return ask(words, FAN_REPORT_FID); }}},
      {"pivot", {1, pivot}},
      {"overlay", {4, mount_overlay}},
  };
  return all;
}

}  // namespace

std::optional<int> route_verb_arguments(const std::string& verb) {
  return arguments_in(verbs(), verb);
}

bool take_route(const std::string& verb, const std::vector<std::string>& arguments) {
  return verbs().at(verb).run(arguments);
}

}  // namespace purposewatch::testing
