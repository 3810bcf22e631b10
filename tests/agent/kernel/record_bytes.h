// Records as the kernel writes them, for tests to bend.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi.h"

namespace purposewatch {

template <class Raw>
std::vector<std::byte> record_bytes(const Raw& raw) {
  const auto* first = reinterpret_cast<const std::byte*>(&raw);
  return {first, first + sizeof(raw)};
}

// Puts a path before `capacity`, as the kernel's path_writer does; the offset it begins at.
inline __u32 put_backwards(char* buffer, std::uint32_t capacity, std::string_view path) {
  const auto offset = static_cast<__u32>(capacity - path.size());
  std::memcpy(buffer + offset, path.data(), path.size());
  return offset;
}

// imap, a child of dovecot, which is a child of init.
inline pw_process_record process_record() {
  pw_process_record raw{};
  raw.head = {PW_ABI_VERSION, PW_RECORD_PROCESS, sizeof(raw), 5'000'000'000, 42};
  raw.start_boot_ns = 4'000'000'000;
  raw.exe = {1234, 0x800001, 0};
  raw.cgroup = 77;
  raw.program = 3;
  raw.tgid = 4711;
  raw.pid = 4712;
  raw.ppid = 4700;
  raw.uid = 1;
  raw.euid = 2;
  raw.egid = 3;
  raw.loginuid = 1000;
  raw.session = 5;
  std::memcpy(raw.comm, "imap", 5);
  raw.exe_offset = put_backwards(raw.exe_path.bytes, PW_EXE_PATH, "/usr/lib/dovecot/imap");
  raw.cgroup_offset = put_backwards(raw.cgroup_path.bytes, PW_CGROUP_PATH, "/system.slice/dovecot.service");
  raw.script_file = {55, 0x800001, 0};
  raw.script = 7;
  raw.lineage[0] = 9;
  raw.lineage[1] = 2;
  raw.script_place.offset =
      put_backwards(raw.script_place.path.bytes, PW_SCRIPT_PATH, "/usr/local/sbin/nightly");
  raw.ancestors = 2;
  raw.ancestor[0] = {
      .start_boot_ns = 3'000'000'000, .pid = 4700, .exe_offset = 0, .comm = "dovecot", .exe = {}};
  raw.ancestor[0].exe_offset = put_backwards(raw.ancestor[0].exe, PW_ANCESTOR_EXE_PATH, "/usr/sbin/dovecot");
  raw.ancestor[1] = {
      .start_boot_ns = 1, .pid = 1, .exe_offset = PW_ANCESTOR_EXE_PATH, .comm = "init", .exe = {}};
  return raw;
}

// Somebody reads the memory of imap.
inline pw_memory_record memory_record() {
  pw_memory_record raw{};
  raw.access.head = {PW_ABI_VERSION, PW_RECORD_MEMORY, sizeof(raw), 7'000'000'000, 42};
  raw.access.sequence = 18;
  raw.access.generation = 1;
  raw.access.owner = 1001;
  raw.access.store = PW_NO_STORE;
  raw.access.kinds = 1U << PW_MEMORY;
  raw.store = 5;
  raw.target_program = 3;
  raw.target = {.start_boot_ns = 4'000'000'000, .pid = 4711, .exe_offset = 0, .comm = "imap", .exe = {}};
  raw.target.exe_offset = put_backwards(raw.target.exe, PW_ANCESTOR_EXE_PATH, "/usr/lib/dovecot/imap");
  return raw;
}

// Somebody connects to 192.0.2.7:3306.
inline pw_connect_record connect_record() {
  pw_connect_record raw{};
  raw.access.head = {PW_ABI_VERSION, PW_RECORD_CONNECT, sizeof(raw), 7'000'000'000, 42};
  raw.access.sequence = 19;
  raw.access.generation = 1;
  raw.access.store = 2;
  raw.access.kinds = 1U << PW_CONNECT;
  const unsigned char address[sizeof(pw_address)] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7};
  std::memcpy(&raw.address, address, sizeof(address));
  raw.port = 3306;
  raw.is_local = 1;
  return raw;
}

// The ways out of who has read stores 3 and 70, and had 70 and 200 from before.
inline pw_disclosure_record disclosure_record() {
  pw_disclosure_record raw{};
  raw.access = connect_record().access;
  raw.access.head = {PW_ABI_VERSION, PW_RECORD_DISCLOSURE, sizeof(raw), 7'000'000'000, 42};
  raw.access.store = PW_NO_STORE;
  raw.address = connect_record().address;
  raw.port = 443;
  raw.protocol = IPPROTO_TCP;
  raw.carried.how = PW_CARRIED_INHERITED;
  raw.carried.read.stores[0] = 1ULL << 3;
  raw.carried.read.stores[1] = raw.carried.had.stores[1] = 1ULL << 6;
  raw.carried.had.stores[3] = 1ULL << 8;
  return raw;
}

// Who has read store 5 connects to a socket that is called /run/relay.
inline pw_unix_record unix_record() {
  pw_unix_record raw{};
  raw.access = disclosure_record().access;
  raw.access.head.type = PW_RECORD_UNIX;
  raw.access.head.size = sizeof(raw);
  raw.socket = 4711;
  raw.file = {99, 0x800002, 7};
  raw.flags = PW_OUTLET_LOCAL;
  raw.carried.read.stores[0] = 1ULL << 5;
  raw.path_offset = put_backwards(raw.path.bytes, PW_EXE_PATH, "/run/relay");
  return raw;
}

// Who had store 3 from a file, and read 5, may write to another one.
inline pw_copy_record copy_record() {
  pw_copy_record raw{};
  raw.access = disclosure_record().access;
  raw.access.head.type = PW_RECORD_COPY;
  raw.access.head.size = sizeof(raw);
  raw.access.kinds = 1U << PW_WRITE;
  raw.file = {99, 0x800002, 7};
  raw.carried.read.stores[0] = 1ULL << 5;
  raw.carried.had.stores[0] = 1ULL << 3;
  raw.carried.how = PW_CARRIED_DERIVED;
  raw.path_offset = put_backwards(raw.path.bytes, PW_EXE_PATH, "/tmp/x");
  return raw;
}

// A read and write of a mail of alice's, below an anchor.
template <class Raw = pw_access_small>
Raw access_record(std::string_view path = "/alice/cur/1") {
  Raw raw{};
  raw.access.head = {PW_ABI_VERSION, PW_RECORD_ACCESS, sizeof(raw), 6'000'000'000, 42};
  raw.access.sequence = 17;
  raw.access.inode = 99;
  raw.access.device = 0x800002;
  raw.access.generation = 1;
  raw.access.anchor = 4;
  raw.access.owner = 1001;
  raw.access.mode = 0100600;
  raw.access.store = 2;
  raw.access.kinds = 1U << PW_READ | 1U << PW_WRITE;
  raw.access.path_length = static_cast<__u32>(path.size());
  std::memcpy(&raw.path, path.data(), path.size());
  std::memcpy(raw.access.comm, "imap", 5);
  if constexpr (requires { raw.client; }) {
    raw.access.client_length = 5;
    std::memcpy(raw.client, "alice", 5);
  }
  return raw;
}

}  // namespace purposewatch
