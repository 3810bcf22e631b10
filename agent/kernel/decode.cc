#include "agent/kernel/decode.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <bit>
#include <cstring>

#include "agent/kernel/address.h"
#include "bpf/abi.h"

namespace purposewatch {
namespace {

// A C string in a field of fixed size, which need not be terminated.
template <std::size_t size>
std::string text_of(const char (&field)[size]) {
  return {field, strnlen(field, size)};
}

// A path that the kernel wrote backwards: it ends where the buffer's nominal capacity does.
Result<std::string> written_backwards(const char* buffer, std::uint32_t offset, std::uint32_t capacity) {
  if (offset > capacity) return fail(fmt::format("a path starts at {} of {}", offset, capacity));
  return std::string(buffer + offset, capacity - offset);
}

Result<Ancestor> ancestor_of(const pw_ancestor& raw) {
  auto executable = written_backwards(raw.exe, raw.exe_offset, PW_ANCESTOR_EXE_PATH);
  if (!executable) return tl::unexpected(executable.error());
  return Ancestor{raw.pid, raw.start_boot_ns, text_of(raw.comm), std::move(*executable)};
}

// In words (Subject::tampered_by).
Result<std::string> tampering_of(const pw_tampering& raw) {
  if (raw.how == PW_NOT_TAMPERED) return std::string();
  if (raw.how > PW_BY_ENVIRONMENT) return fail(fmt::format("tampering of kind {}", raw.how));
  if (raw.how == PW_BY_ENVIRONMENT) {
    const std::string variable = text_of(raw.variable);
    return (variable.empty() ? "something too large to look at" : variable) + " in its environment";
  }
  auto by = ancestor_of(raw.by);
  if (!by) return tl::unexpected(by.error());
  constexpr const char* kWays[] = {"", "ptrace", "a write into its memory", "being traced from its start"};
  return fmt::format("{} by {} ({})", kWays[raw.how], by->pid,
                     by->executable.empty() ? by->name : by->executable);
}

Result<Record> decode_process(const pw_process_record& raw) {
  ProcessRecord record;
  record.subject_number = raw.head.subject;
  record.program = raw.program;
  record.cgroup = raw.cgroup;
  record.exe = raw.exe;
  Subject& subject = record.subject;
  subject.pid = raw.tgid;
  subject.tid = raw.pid;
  subject.parent_pid = raw.ppid;
  subject.start_boot_ns = raw.start_boot_ns;
  subject.uid = raw.uid;
  subject.euid = raw.euid;
  subject.gid = raw.egid;
  subject.login_uid = raw.loginuid;
  subject.session_id = raw.session;
  subject.name = text_of(raw.comm);
  auto executable = written_backwards(raw.exe_path.bytes, raw.exe_offset, PW_EXE_PATH);
  if (!executable) return tl::unexpected(executable.error());
  subject.executable = std::move(*executable);
  auto cgroup = written_backwards(raw.cgroup_path.bytes, raw.cgroup_offset, PW_CGROUP_PATH);
  if (!cgroup) return tl::unexpected(cgroup.error());
  subject.cgroup = std::move(*cgroup);
  record.script_file = raw.script_file;
  record.script = raw.script;
  record.script_named = raw.script_named;
  for (const __u32 number : raw.lineage)
    if (number != 0) record.lineage.push_back(number);
  auto script = written_backwards(raw.script_place.path.bytes, raw.script_place.offset, PW_SCRIPT_PATH);
  if (!script) return tl::unexpected(script.error());
  subject.script_path = std::move(*script);
  if (raw.ancestors > PW_ANCESTORS_MAX) return fail(fmt::format("{} ancestors", raw.ancestors));
  for (std::uint32_t i = 0; i < raw.ancestors; ++i) {
    auto ancestor = ancestor_of(raw.ancestor[i]);
    if (!ancestor) return tl::unexpected(ancestor.error());
    subject.ancestors.push_back(std::move(*ancestor));
  }
  auto tampered_by = tampering_of(raw.tampering);
  if (!tampered_by) return tl::unexpected(tampered_by.error());
  subject.tampered_by = std::move(*tampered_by);
  return record;
}

// client: the field of large records; null for small ones.
Result<Record> decode_access(const pw_access_record& raw, std::span<const std::byte> path_bytes,
                             const char* client) {
  constexpr AccessMask kAllKinds = (1U << PW_KINDS) - 1;
  if (raw.kinds == 0 || (raw.kinds & ~kAllKinds)) return fail(fmt::format("access kinds {:#x}", raw.kinds));
  if (raw.path_offset > path_bytes.size() || raw.path_length > path_bytes.size() - raw.path_offset)
    return fail(
        fmt::format("a path of {} bytes at {} of {}", raw.path_length, raw.path_offset, path_bytes.size()));
  const std::string path(reinterpret_cast<const char*>(path_bytes.data()) + raw.path_offset, raw.path_length);
  if (!path.empty() && path.front() != '/')
    return fail("a path below the anchor that does not begin with '/'");
  if (raw.client_length > (client == nullptr ? 0 : PW_NAME_MAX))
    return fail(fmt::format("a client name of {} bytes", raw.client_length));
  AccessRecord record;
  record.subject_number = raw.head.subject;
  record.sequence = raw.sequence;
  record.boot_ns = raw.head.boot_ns;
  record.inode = raw.inode;
  record.device = raw.device;
  record.generation = raw.generation;
  record.anchor = raw.anchor;
  record.owner = raw.owner;
  record.mode = raw.mode;
  if (raw.store != PW_NO_STORE) record.store = raw.store;
  record.kinds = raw.kinds;
  record.truncated = (raw.flags & PW_ACCESS_TRUNCATED) != 0;
  record.is_mount = (raw.flags & PW_ACCESS_MOUNT) != 0;
  record.folds = (raw.flags & PW_ACCESS_FOLDS) != 0;
  record.is_refused = (raw.flags & PW_ACCESS_REFUSED) != 0;
  record.path_below = path;
  if (raw.client_length > 0) record.client = std::string(client, raw.client_length);
  record.name = text_of(raw.comm);
  return record;
}

std::optional<InodeKey> key_of(const pw_inode_key& raw) {
  const InodeKey key = InodeKey::of(raw);
  return key == InodeKey{} ? std::nullopt : std::optional(key);
}

Result<Record> decode_named(const pw_access_named& raw) {
  auto record = decode_access(raw.access, std::as_bytes(std::span(raw.path.bytes)), raw.client);
  if (!record) return record;
  auto other = written_backwards(raw.other.bytes, raw.other_offset, PW_PATH_LARGE);
  if (!other) return tl::unexpected(other.error());
  auto real = written_backwards(raw.real.bytes, raw.real_offset, PW_PATH_LARGE);
  if (!real) return tl::unexpected(real.error());
  if (raw.access.flags & PW_ACCESS_MARKED && raw.access.flags & PW_ACCESS_DEVICE)
    return fail("a block device that is a mark");
  auto& access = std::get<AccessRecord>(*record);
  access.other_path = std::move(*other);
  access.real_path = std::move(*real);
  if (raw.access.flags & PW_ACCESS_MARKED) access.mark = InodeKey::of(raw.mark);
  if (raw.access.flags & PW_ACCESS_DEVICE) access.block_device = raw.mark.device;
  access.is_adrift = raw.access.flags & PW_ACCESS_ADRIFT && !access.mark && !access.block_device;
  return record;
}

Result<Record> decode_memory(const pw_memory_record& raw) {
  auto record = decode_access(raw.access, {}, nullptr);
  if (!record) return record;
  if (raw.access.kinds != 1U << PW_MEMORY)
    return fail(fmt::format("memory by kinds {:#x}", raw.access.kinds));
  if (raw.store > PW_HELD_MAX) return fail(fmt::format("memory of a store number {}", raw.store));
  auto target = ancestor_of(raw.target);
  if (!target) return tl::unexpected(target.error());
  auto& access = std::get<AccessRecord>(*record);
  access.target = std::move(*target);
  access.target_program = raw.target_program;
  if (raw.store != PW_HELD_MAX) access.held_store = raw.store;
  return record;
}

Result<Record> decode_tamper(const pw_tamper_record& raw) {
  constexpr Tampering kKinds[] = {Tampering::kSignal, Tampering::kSetting, Tampering::kMemory,
                                  Tampering::kObject, Tampering::kClock,   Tampering::kPins};
  if (raw.what < PW_TAMPER_SIGNAL || raw.what > PW_TAMPER_PINS)
    return fail(fmt::format("tampering of kind {}", raw.what));
  if (raw.number > 64) return fail(fmt::format("a signal {}", raw.number));
  return TamperRecord{raw.head.subject, raw.head.boot_ns, kKinds[raw.what - PW_TAMPER_SIGNAL], raw.number,
                      raw.is_refused != 0};
}

Result<Record> decode_mounts(const pw_access_record& raw) {
  auto record = decode_access(raw, {}, nullptr);
  if (!record) return record;
  if (raw.kinds != 1U << PW_ATTR) return fail(fmt::format("mounts by kinds {:#x}", raw.kinds));
  std::get<AccessRecord>(*record).changes_mounts = true;
  return record;
}

Result<Record> decode_connect(const pw_connect_record& raw) {
  auto record = decode_access(raw.access, {}, nullptr);
  if (!record) return record;
  if (raw.access.kinds != 1U << PW_CONNECT)
    return fail(fmt::format("a connection by kinds {:#x}", raw.access.kinds));
  if (raw.port > 65535) return fail(fmt::format("a port number {}", raw.port));
  std::get<AccessRecord>(*record).endpoint =
      Endpoint{to_string(raw.address), static_cast<std::uint16_t>(raw.port), raw.is_local != 0};
  return record;
}

bool holds(const pw_held& held, std::uint32_t number) {
  return (held.stores[number / 64] >> (number % 64) & 1) != 0;
}

std::map<std::uint32_t, Carried> stores_of(const pw_carried& raw) {
  const Carried from_others = (raw.how & PW_CARRIED_INHERITED) != 0 ? Carried::kInherited
                              : (raw.how & PW_CARRIED_PIPED) != 0   ? Carried::kPiped
                                                                    : Carried::kDerived;
  std::map<std::uint32_t, Carried> stores;
  for (std::uint32_t number = 0; number < PW_HELD_MAX; ++number)
    if (holds(raw.read, number))
      stores[number] = Carried::kRead;
    else if (holds(raw.had, number))
      stores[number] = from_others;
  return stores;
}

bool has_others(const pw_carried& raw) {
  return raw.read.others != 0 || raw.had.others != 0;
}

std::string protocol_named(std::uint32_t number) {
  switch (number) {
    case IPPROTO_TCP:
      return "tcp";
    case IPPROTO_UDP:
      return "udp";
    case IPPROTO_UDPLITE:
      return "udplite";
    case IPPROTO_ICMP:
      return "icmp";
    case IPPROTO_ICMPV6:
      return "icmpv6";
    case PW_PROTOCOL_VSOCK:
      return "vsock";
    default:
      return fmt::format("ip-{}", number);
  }
}

// Of each way out, whatever it is.
void take_carried(OutletRecord& outlet, const pw_carried& raw) {
  outlet.stores = stores_of(raw);
  outlet.was_told = raw.is_told != 0;
  outlet.has_others = has_others(raw);
}

Result<Record> decode_disclosure(const pw_disclosure_record& raw) {
  auto record = decode_access(raw.access, {}, nullptr);
  if (!record) return record;
  if (raw.access.kinds != 1U << PW_CONNECT)
    return fail(fmt::format("a disclosure by kinds {:#x}", raw.access.kinds));
  const bool is_vsock = raw.protocol == PW_PROTOCOL_VSOCK;
  if (raw.port > 65535 && !is_vsock) return fail(fmt::format("a port number {}", raw.port));
  if (raw.protocol > 255 && !is_vsock) return fail(fmt::format("an IP protocol {}", raw.protocol));
  OutletRecord outlet;
  outlet.protocol = protocol_named(raw.protocol);
  outlet.address = is_vsock ? std::to_string(raw.address.word[0]) : to_string(raw.address);
  outlet.port = raw.port;
  outlet.is_local = (raw.flags & PW_OUTLET_LOCAL) != 0;
  outlet.is_answer = (raw.flags & PW_OUTLET_ANSWERS) != 0;
  take_carried(outlet, raw.carried);
  std::get<AccessRecord>(*record).outlet = std::move(outlet);
  return record;
}

Result<Record> decode_unix(const pw_unix_record& raw) {
  auto record = decode_access(raw.access, {}, nullptr);
  if (!record) return record;
  if (raw.access.kinds != 1U << PW_CONNECT)
    return fail(fmt::format("a unix socket by kinds {:#x}", raw.access.kinds));
  auto path = written_backwards(raw.path.bytes, raw.path_offset, PW_EXE_PATH);
  if (!path) return tl::unexpected(path.error());
  const auto file = key_of(raw.file);
  if (!file && path->starts_with('/')) path->front() = '@';
  OutletRecord outlet;
  outlet.protocol = "unix";
  outlet.socket = raw.socket;
  outlet.socket_file = file;
  outlet.is_local = true;
  outlet.is_answer = (raw.flags & PW_OUTLET_ANSWERS) != 0;
  outlet.path = std::move(*path);
  take_carried(outlet, raw.carried);
  std::get<AccessRecord>(*record).outlet = std::move(outlet);
  return record;
}

Result<Record> decode_copy(const pw_copy_record& raw) {
  auto record = decode_access(raw.access, {}, nullptr);
  if (!record) return record;
  if (raw.access.kinds != 1U << PW_WRITE) return fail(fmt::format("a copy by kinds {:#x}", raw.access.kinds));
  auto path = written_backwards(raw.path.bytes, raw.path_offset, PW_EXE_PATH);
  if (!path) return tl::unexpected(path.error());
  OutletRecord copy;
  copy.file = InodeKey::of(raw.file);
  copy.path = std::move(*path);
  take_carried(copy, raw.carried);
  std::get<AccessRecord>(*record).outlet = std::move(copy);
  return record;
}

Result<Record> decode_mark(const pw_mark_record& raw) {
  auto path = written_backwards(raw.path.bytes, raw.path_offset, PW_PATH_LARGE);
  if (!path) return tl::unexpected(path.error());
  if (!path->empty() && path->front() != '/') return fail("a marked path that does not begin with '/'");
  return MarkRecord{.inode = InodeKey::of(raw.key),
                    .below = key_of(raw.below),
                    .mark = raw.mark,
                    .is_left_out = raw.is_left_out != 0,
                    .anchor = raw.anchor,
                    .truncated = raw.is_truncated != 0,
                    .path_below = std::move(*path)};
}

// The ring aligns records to 8 bytes; a copy makes the bytes a value of the type without a cast that lies.
template <class Raw>
Raw copy_of(std::span<const std::byte> bytes) {
  Raw raw{};
  std::memcpy(&raw, bytes.data(), sizeof(raw));
  return raw;
}

}  // namespace

std::uint64_t accesses_in(const AccessRecord& record) {
  if (record.outlet && record.sequence == 0) return 0;  // handed on within the host, by a pipe
  if (record.outlet) return record.outlet->stores.size() + (record.outlet->has_others ? 1 : 0);
  return static_cast<std::uint64_t>(std::popcount(record.kinds));
}

Result<Record> decode(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(pw_record)) return fail(fmt::format("a record of {} bytes", bytes.size()));
  const auto head = copy_of<pw_record>(bytes);
  if (head.version != PW_ABI_VERSION)
    return fail(fmt::format("a record of version {}, not {}", head.version, int{PW_ABI_VERSION}));
  if (head.size != bytes.size())
    return fail(fmt::format("a record of {} bytes says it has {}", bytes.size(), head.size));
  if (head.type == PW_RECORD_PROCESS && bytes.size() == sizeof(pw_process_record))
    return decode_process(copy_of<pw_process_record>(bytes));
  if (head.type == PW_RECORD_ACCESS && bytes.size() == sizeof(pw_access_small))
    return decode_access(copy_of<pw_access_record>(bytes), bytes.subspan(offsetof(pw_access_small, path)),
                         nullptr);
  if (head.type == PW_RECORD_ACCESS && bytes.size() == sizeof(pw_access_large))
    return decode_access(copy_of<pw_access_record>(bytes), bytes.subspan(offsetof(pw_access_large, path)),
                         reinterpret_cast<const char*>(bytes.data()) + offsetof(pw_access_large, client));
  if (head.type == PW_RECORD_ACCESS && bytes.size() == sizeof(pw_access_named))
    return decode_named(copy_of<pw_access_named>(bytes));
  if (head.type == PW_RECORD_MEMORY && bytes.size() == sizeof(pw_memory_record))
    return decode_memory(copy_of<pw_memory_record>(bytes));
  if (head.type == PW_RECORD_CONNECT && bytes.size() == sizeof(pw_connect_record))
    return decode_connect(copy_of<pw_connect_record>(bytes));
  if (head.type == PW_RECORD_DISCLOSURE && bytes.size() == sizeof(pw_disclosure_record))
    return decode_disclosure(copy_of<pw_disclosure_record>(bytes));
  if (head.type == PW_RECORD_COPY && bytes.size() == sizeof(pw_copy_record))
    return decode_copy(copy_of<pw_copy_record>(bytes));
  if (head.type == PW_RECORD_UNIX && bytes.size() == sizeof(pw_unix_record))
    return decode_unix(copy_of<pw_unix_record>(bytes));
  if (head.type == PW_RECORD_MOUNTS && bytes.size() == sizeof(pw_access_record))
    return decode_mounts(copy_of<pw_access_record>(bytes));
  if (head.type == PW_RECORD_MARK && bytes.size() == sizeof(pw_mark_record))
    return decode_mark(copy_of<pw_mark_record>(bytes));
  if (head.type == PW_RECORD_UNMARK && bytes.size() == sizeof(pw_unmark_record))
    return UnmarkRecord{InodeKey::of(copy_of<pw_unmark_record>(bytes).key)};
  if (head.type == PW_RECORD_TAMPER && bytes.size() == sizeof(pw_tamper_record))
    return decode_tamper(copy_of<pw_tamper_record>(bytes));
  return fail(fmt::format("a record of type {} with {} bytes", head.type, bytes.size()));
}

bool is_referred_to(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(pw_record)) return false;
  if (copy_of<pw_record>(bytes).type == PW_RECORD_PROCESS) return true;
  return bytes.size() >= sizeof(pw_access_record) && copy_of<pw_record>(bytes).type != PW_RECORD_MARK &&
         copy_of<pw_record>(bytes).type != PW_RECORD_UNMARK &&
         (copy_of<pw_access_record>(bytes).flags & PW_ACCESS_FOLDS) != 0;
}

}  // namespace purposewatch
