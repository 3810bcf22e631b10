#include "agent/cli/sight.h"

namespace purposewatch {
namespace {

enum class Seen { kAlways, kNever, kSince63, kSince613 };

struct Way {
  const char* what;
  Seen by_hooks;  // lsm and fentry
  Seen by_calls;  // syscalls
};

// What the kernel tests show, row by row: README's table has the same in detail.
constexpr Way kWays[] = {
    {"files that are opened, by calls of 64-bit and 32-bit programs and by io_uring", Seen::kAlways,
     Seen::kAlways},
    {"descriptors that are received, inherited, or older than the agent", Seen::kAlways, Seen::kAlways},
    {"block devices and swap below stores", Seen::kAlways, Seen::kAlways},
    {"connections to TCP ports and unix sockets", Seen::kAlways, Seen::kAlways},
    {"datagrams that are sent to a unix socket by its name", Seen::kAlways, Seen::kSince63},
    {"memory of processes that hold client data, and who writes into a service", Seen::kAlways,
     Seen::kSince613},
    {"core dumps of processes that hold client data", Seen::kAlways, Seen::kAlways},
    {"changes of names, attributes and lengths", Seen::kAlways, Seen::kSince613},
    {"fanotify listeners, when they are handed a file", Seen::kAlways, Seen::kNever},
    {"fanotify listeners, when they ask to be", Seen::kNever, Seen::kSince613},
    {"mounts over stores, and their end", Seen::kAlways, Seen::kAlways},
    {"changes by the kernel's own file servers", Seen::kAlways, Seen::kNever},
    {"opens that the kernel refused, as a number", Seen::kNever, Seen::kAlways},
};

// The calls' own gaps, whatever is opened by them.
constexpr const char* kGapsOfCalls[] = {
    "requests to io_uring that ask for no completion",
    "32-bit calls of 64-bit programs, and what the first 32-bit program does in its first millisecond (where "
    "nothing "
    "needs them, boot with ia32_emulation=0)",
    "mounts that are gone again at once",
    "a thread that swaps the descriptor within the call: its own file is told instead",
};

bool is_seen(Seen seen, const KernelFacts& facts) {
  switch (seen) {
    case Seen::kAlways:
      return true;
    case Seen::kNever:
      return false;
    case Seen::kSince63:
      return facts.has_arrival_tracepoint;
    case Seen::kSince613:  // of one release: to find a task by its number, and the tracepoints at inodes'
                           // times
      return facts.finds_tasks && facts.has_ctime_tracepoints;
  }
  return false;
}

const char* release_of(Seen seen) {
  if (seen == Seen::kSince63) return " (since Linux 6.3)";
  return seen == Seen::kSince613 ? " (since Linux 6.13)" : "";
}

}  // namespace

Sight sight_of(Backend backend, const KernelFacts& facts) {
  const bool by_calls = backend == Backend::kSyscalls;
  Sight sight;
  for (const Way& way : kWays) {
    const Seen seen = by_calls ? way.by_calls : way.by_hooks;
    if (is_seen(seen, facts))
      sight.sees.emplace_back(way.what);
    else
      sight.misses.push_back(std::string(way.what) + release_of(seen));
  }
  if (by_calls) sight.misses.insert(sight.misses.end(), std::begin(kGapsOfCalls), std::end(kGapsOfCalls));
  if (backend == Backend::kFentry)
    sight.misses.emplace_back(
        "events that a kernel with full preemption skips (shown as lost, stage recursion)");
  return sight;
}

}  // namespace purposewatch
