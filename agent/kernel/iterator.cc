#include "agent/kernel/iterator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace purposewatch {
namespace {

class IteratorReader {
 public:
  explicit IteratorReader(bpf_link* link) : descriptor_(bpf_iter_create(bpf_link__fd(link))) {}
  ~IteratorReader() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  IteratorReader(const IteratorReader&) = delete;
  IteratorReader& operator=(const IteratorReader&) = delete;

  // All bytes that the iterator writes; running to its end is what makes it visit everything.
  Result<std::string> read_all() const {
    if (descriptor_ < 0) return fail(fmt::format("cannot run a BPF iterator: {}", std::strerror(errno)));
    std::string bytes;
    char buffer[16384];
    for (;;) {
      const ssize_t count = read(descriptor_, buffer, sizeof(buffer));
      if (count == 0) return bytes;
      if (count > 0)
        bytes.append(buffer, static_cast<std::size_t>(count));
      else if (errno != EINTR && errno != EAGAIN)
        return fail(fmt::format("cannot read a BPF iterator: {}", std::strerror(errno)));
    }
  }

 private:
  int descriptor_;
};

}  // namespace

Result<std::string> run_iterator(bpf_program* program, bool own_process_only) {
  bpf_iter_link_info info{};
  info.task.pid = static_cast<__u32>(getpid());
  LIBBPF_OPTS(bpf_iter_attach_opts, options);
  if (own_process_only) {
    options.link_info = &info;
    options.link_info_len = sizeof(info);
  }
  bpf_link* link = bpf_program__attach_iter(program, &options);
  if (link == nullptr) return fail(fmt::format("cannot attach a BPF iterator: {}", std::strerror(errno)));
  const std::unique_ptr<bpf_link, int (*)(bpf_link*)> owner(link, &bpf_link__destroy);
  return IteratorReader(link).read_all();
}

}  // namespace purposewatch
