#include "agent/kernel/tracepoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace purposewatch {
namespace {

Result<Descriptor> own_tracefs() {
  const Descriptor context(fsopen("tracefs", FSOPEN_CLOEXEC));
  if (!context || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return fail(fmt::format("cannot open tracefs: {}", std::strerror(errno)));
  Descriptor root(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!root) return fail(fmt::format("cannot open tracefs: {}", std::strerror(errno)));
  return root;
}

// Where the host has mounted it; nothing where something else is mounted there.
Descriptor mounted_tracefs() {
  Descriptor root(open("/sys/kernel/tracing", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs status {};
  if (!root || fstatfs(root.get(), &status) != 0 || status.f_type != TRACEFS_MAGIC) return {};
  return root;
}

Result<std::uint64_t> id_of(const Descriptor& tracefs, const char* name) {
  const std::string path = fmt::format("events/{}/id", name);
  const Descriptor file(openat(tracefs.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 24> digits{};
  const ssize_t length = file ? read(file.get(), digits.data(), digits.size()) : -1;
  if (length < 0)
    return fail(fmt::format("this kernel has no tracepoint {}: {}", name, std::strerror(errno)));
  std::uint64_t id = 0;
  if (std::from_chars(digits.data(), digits.data() + length, id).ec != std::errc())
    return fail(fmt::format("tracefs knows no number of the tracepoint {}", name));
  return id;
}

// One event for all CPUs: programs belong to the tracepoint, whatever CPU the event names.
Result<Descriptor> perf_event(std::uint64_t id, const char* name) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof(attributes);
  attributes.config = id;
  attributes.disabled = 1;
  Descriptor event(static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, /*pid=*/-1, /*cpu=*/0, /*group=*/-1, PERF_FLAG_FD_CLOEXEC)));
  if (!event) return fail(fmt::format("cannot open the tracepoint {}: {}", name, std::strerror(errno)));
  return event;
}

}  // namespace

Result<std::vector<Descriptor>> open_tracepoints(const std::vector<const char*>& names) {
  auto tracefs = own_tracefs();
  if (!tracefs) {
    Descriptor mounted = mounted_tracefs();
    if (!mounted) return tl::unexpected(tracefs.error());
    tracefs = std::move(mounted);
  }
  std::vector<Descriptor> events;
  for (const char* name : names) {
    const auto id = id_of(*tracefs, name);
    if (!id) return tl::unexpected(id.error());
    auto event = perf_event(*id, name);
    if (!event) return tl::unexpected(event.error());
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace purposewatch
