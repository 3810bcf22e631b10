// A disclosure: a process that carries client data has a way by which that may leave it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace purposewatch {

struct Subject;

// Where to. The words are metric labels.
enum class DisclosureKind : std::uint8_t {
  kNetwork,      // another host
  kLocal,        // another process of this host, by a socket
  kCopy,         // a file outside all stores
  kNetworkFile,  // the same, on a file system that is somewhere else: NFS, SMB, FUSE
  kRemovable,    // the same, on a device that can be unplugged
  kDisplay,      // a person's terminal
};
inline constexpr std::size_t kDisclosureKindCount = 6;
inline constexpr std::array<std::string_view, kDisclosureKindCount> kDisclosureKindNames = {
    "network", "local", "copy", "network-file", "removable", "display"};
constexpr std::string_view name_of(DisclosureKind kind) {
  return kDisclosureKindNames[static_cast<std::size_t>(kind)];
}

// How the process came to carry the data: the surest way of those it did.
enum class Carried : std::uint8_t {
  kRead,       // it read the store itself
  kInherited,  // what ran in this process before did, or what it was forked from had
  kPiped,      // from a process that carries it, through a pipe
  kDerived,    // from a file outside all stores that such a process wrote
};
inline constexpr std::array<std::string_view, 4> kCarriedNames = {"read", "inherited", "piped", "derived"};
constexpr std::string_view name_of(Carried carried) {
  return kCarriedNames[static_cast<std::size_t>(carried)];
}

struct Disclosure {
  DisclosureKind kind = DisclosureKind::kNetwork;
  Carried carried = Carried::kRead;
  std::string protocol;  // "tcp", "udp", or what else leads there: "raw", "vsock"; of a file: empty
  std::string address;  // as normal_address (rules/base/address.h) writes it; of "vsock", a machine's number;
                        // empty: not known
  std::uint32_t port = 0;  // 0: the protocol has none
  // Absolute, raw bytes: of the file, of the terminal, or of the unix socket, which is "@name" where no file
  // stands for it.
  std::string path;
  // Whoever is at the other end came to this process: it accepted the connection, or waits for one.
  bool is_answer = false;
  // Of what it carries, some was not permitted in the kernel: it may be anybody's.
  bool was_told = false;
  std::shared_ptr<const Subject> peer;  // of kLocal: who serves that socket, where that is known

  bool operator==(const Disclosure&) const = default;
};

}  // namespace purposewatch
