// An access: one observed act on a store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/base/address.h"
#include "rules/base/enum_name.h"
#include "rules/model/disclosure.h"
#include "rules/model/process.h"

namespace purposewatch {

// Where a connection leads.
struct Endpoint {
  std::string address;     // as normal_address (rules/base/address.h) writes it
  std::uint16_t port = 0;  // TCP
  bool is_local = true;    // an address of this host, which `*` of a policy stands for

  bool operator==(const Endpoint&) const = default;
};

// As a policy writes it: "tcp:127.0.0.1:3306", "tcp:[::1]:3306".
inline std::string to_string(const Endpoint& endpoint) {
  return "tcp:" + bracketed(endpoint.address) + ":" + std::to_string(endpoint.port);
}

// The order is the kernel contract's (bpf/abi.h); a static_assert in agent/kernel holds the two together.
enum class AccessKind : std::uint8_t {
  kRead,
  kList,
  kWrite,
  kCreate,
  kDelete,
  kRename,
  kAttr,
  kExec,
  kConnect,
  kMemory,
  kDevice,
};

inline constexpr std::size_t kAccessKindCount = 11;

// By which data gets from the store to who does it; as PW_READING_KINDS of bpf/held_stores.h.
constexpr bool is_reading(AccessKind kind) {
  return kind == AccessKind::kRead || kind == AccessKind::kList || kind == AccessKind::kConnect ||
         kind == AccessKind::kMemory || kind == AccessKind::kDevice;
}
inline constexpr std::array<std::string_view, kAccessKindCount> kAccessKindNames = {
    "read", "list", "write", "create", "delete", "rename", "attr", "exec", "connect", "memory", "device"};

constexpr std::string_view name_of(AccessKind kind) {
  return kAccessKindNames[static_cast<std::size_t>(kind)];
}

// The policy's word for a kind, or nothing when there is no such kind.
constexpr std::optional<AccessKind> access_kind_named(std::string_view name) {
  return enum_named<AccessKind>(kAccessKindNames, name);
}

// A set of kinds: bit i stands for the kind of value i.
using AccessMask = std::uint16_t;
constexpr AccessMask mask_of(AccessKind kind) {
  return static_cast<AccessMask>(1U << static_cast<unsigned>(kind));
}

struct Access {
  AccessKind kind = AccessKind::kRead;
  // Absolute path as the host's own mount namespace would name it: raw bytes, not necessarily UTF-8, no `.`,
  // `..`, doubled or trailing slash.
  std::string path;
  bool path_truncated = false;  // the head of `path` is missing: longer than the record holds
  // `path` is no name in a store, and need not be any: of a device that holds a store, of nothing where
  // memory is touched or a socket was found by who listens on it.
  bool store_is_given = false;
  // Whether not `path` (or `endpoint`) but `kernel_store` and `kernel_client` say whose data it is.
  bool takes_kernels_word() const { return path_truncated || store_is_given || disclosure; }
  std::optional<std::string> kernel_store;  // store name, as the kernel's tables found it
  std::vector<std::string> other_stores;    // besides the verdict's: of what lies below file systems, by name
  std::optional<std::string> kernel_client;  // raw bytes of the captured {client} component
  bool is_directory = false;
  bool is_mount = false;  // something was mounted there, or unmounted: of the kind attr
  // Absolute, raw bytes: the second name of a rename or a link. Empty: there is none.
  std::string other_path;
  // Absolute, raw bytes: where the file is by now, when it was reached by a name outside the store; `path` is
  // what it is, or was, called in the store. Empty: by that very name.
  std::string accessed_through;
  std::optional<Endpoint> endpoint;    // of a connect over TCP; `path` is then empty
  std::optional<OtherProcess> target;  // of memory: whose
  // Not an access to a store by itself, but a way out for what was read there: `kernel_store` says where,
  // the kind whether it is connected to (connect) or written (write). `path` and `endpoint` are empty.
  std::optional<Disclosure> disclosure;
  std::optional<std::uint32_t> owner_uid;  // of the file; unknown when it does not exist or was not looked up
};

}  // namespace purposewatch
