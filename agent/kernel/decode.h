// decode: bytes of a record -> values. Bytes are believed only after version, type, size and every offset
// have been checked; nothing else in the agent reads a record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "agent/kernel/inode_key.h"
#include "bpf/abi.h"
#include "rules/base/result.h"
#include "rules/model/access.h"
#include "rules/model/subject.h"
#include "rules/model/tamper_event.h"

namespace purposewatch {

// A task, as the kernel described it. Names of users, unit and arguments are not known to the kernel.
struct ProcessRecord {
  std::uint64_t subject_number = 0;
  Subject subject;
  std::uint32_t program = 0;  // ProgramNumbers; 0: none
  std::uint64_t cgroup = 0;
  pw_inode_key exe{};
  pw_inode_key script_file{};          // all zero: it was started to run no script
  std::uint32_t script = 0;            // ProgramNumbers; 0: none of the policy's, as far as the kernel knows
  std::uint32_t script_named = 0;      // the one whose name it was started by; 0: none's
  std::vector<std::uint32_t> lineage;  // programs and scripts above, nearest first
};

// A way out of a process that carries client data: over IP, by a unix socket, into a file or to a terminal.
struct OutletRecord {
  std::string protocol;                 // as Disclosure's
  std::uint64_t socket = 0;             // "unix": the number of the inode of whose name it is; 0: not known
  std::optional<InodeKey> socket_file;  // likewise: where it is bound to
  std::string address;                  // as normal_address (rules/base/address.h) writes it
  std::uint32_t port = 0;
  bool is_local = false;
  bool is_answer = false;
  std::optional<InodeKey> file;  // that it may write to; then none of the above
  // Of it; without a leading '/', its head is missing, or it has no name. Of a unix socket, "@name" when that
  // is no file's.
  std::string path;
  std::map<std::uint32_t, Carried> stores;  // by number (PolicyTables::store_of_number)
  bool was_told = false;                    // as Disclosure's
  bool has_others = false;                  // and some that only user space can tell

  bool operator==(const OutletRecord&) const = default;
};

struct AccessRecord {
  std::uint64_t subject_number = 0;
  std::uint64_t sequence = 0;
  std::uint64_t boot_ns = 0;
  std::uint64_t inode = 0;
  std::uint32_t device = 0;  // kernel encoding
  std::uint32_t generation = 0;
  std::uint32_t anchor = 0;
  std::uint32_t owner = 0;
  std::uint32_t mode = 0;
  std::optional<std::uint32_t> store;  // index; nothing when the kernel was unsure
  AccessMask kinds = 0;                // at least one
  bool truncated = false;
  bool is_mount = false;        // something was mounted there, or unmounted
  bool is_refused = false;      // likewise, of the agent's own files
  bool folds = false;           // others may be counted with it (folds.h)
  bool changes_mounts = false;  // likewise, but where, the list of mounts says
  std::string path_below;       // "/a/b", or empty for the anchor itself; raw bytes
  std::optional<std::string> client;
  std::string name;              // comm at the access
  std::optional<InodeKey> mark;  // the marked inode that `path_below` counts from, in place of the anchor
  std::string
      other_path;  // whole: the second name of a rename or link; without a leading '/', its head is missing
  std::optional<std::uint32_t> block_device;  // kernel encoding: the file is this device's node
  std::string real_path;                      // likewise: where a marked file is by now
  bool is_adrift = false;  // it has no name, but is on a file system with stores, mounted at `real_path`
  std::optional<Endpoint> endpoint;  // of a connection over TCP
  // Of memory: whose, its program's number (0: none), and the number of the store
  // (PolicyTables::store_of_number) whose data it holds. Nothing: user space decides which.
  std::optional<OtherProcess> target;
  std::uint32_t target_program = 0;
  std::optional<std::uint32_t> held_store;
  std::optional<OutletRecord> outlet;  // no access by itself

  bool operator==(const AccessRecord&) const = default;
};

// How many accesses the kernel has counted for it.
std::uint64_t accesses_in(const AccessRecord& record);

// An inode that the kernel has marked (bpf/marks.h).
struct MarkRecord {
  InodeKey inode;
  std::optional<InodeKey> below;  // a mark that stands in the anchor's place
  pw_mark mark{};
  bool is_left_out = false;  // the kernel had no room for it in its table
  std::uint32_t anchor = 0;
  bool truncated = false;
  std::string path_below;  // what it was called in the store, below the anchor
};

// It is no mark any more.
struct UnmarkRecord {
  InodeKey inode;
};

// Something that was done to the agent.
struct TamperRecord {
  std::uint64_t subject_number = 0;  // by whom; 0: nobody knows
  std::uint64_t boot_ns = 0;
  Tampering what = Tampering::kSignal;
  std::uint32_t signal = 0;
  bool is_refused = false;  // by the kernel, since the agent is protected
};

using Record = std::variant<ProcessRecord, AccessRecord, MarkRecord, UnmarkRecord, TamperRecord>;

Result<Record> decode(std::span<const std::byte> bytes);
// Later records may refer to this one: it describes a process, or others may be counted with it.
bool is_referred_to(std::span<const std::byte> bytes);

}  // namespace purposewatch
