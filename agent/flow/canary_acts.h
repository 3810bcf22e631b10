// What the canary does, a process that is not the agent: one access of every kind of way to a decoy store.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "rules/model/access.h"

namespace purposewatch {

enum class CanaryAct : std::uint8_t {
  kCreate,
  kRead,
  kList,
  kWrite,
  kAttr,
  kRename,
  kDelete,
  kReceive,  // a descriptor that another process has opened
  kRing,     // an open by io_uring
  kConnect,  // to a unix socket
};

struct CanaryActInfo {
  CanaryAct act;
  std::string_view name;  // for a person
  AccessKind kind;        // as which it is seen,
  std::string_view file;  // of this name in the canary's directory; empty: that directory, or any
};

inline constexpr std::array<CanaryActInfo, 10> kCanaryActs = {{
    {CanaryAct::kCreate, "create", AccessKind::kCreate, "file"},
    {CanaryAct::kRead, "read", AccessKind::kRead, "file"},
    {CanaryAct::kList, "list", AccessKind::kList, ""},
    {CanaryAct::kWrite, "write", AccessKind::kWrite, "file"},
    {CanaryAct::kAttr, "attr", AccessKind::kAttr, "file"},
    {CanaryAct::kRename, "rename", AccessKind::kRename, ""},
    {CanaryAct::kDelete, "delete", AccessKind::kDelete, ""},
    {CanaryAct::kReceive, "a descriptor received", AccessKind::kRead, "passed"},
    {CanaryAct::kRing, "an open by io_uring", AccessKind::kRead, "ring"},
    {CanaryAct::kConnect, "connect", AccessKind::kConnect, ""},
}};

// The process's own part: makes `directory`, acts in it, removes it again, and makes every hook fire that can
// be made to (provoke_hooks.h). What fails is not seen, and so shows. Returns an exit code.
int act_as_canary(const std::string& directory);

}  // namespace purposewatch
