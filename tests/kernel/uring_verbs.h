// Ways of an actor to a file through io_uring: verbs of one path.
//   ring-open P         openat                           ring-openat2 P    openat2
//   ring-async P        openat by one of the ring's own workers
//   ring-polled P       openat by the ring's polling thread, which needs no system call
//   ring-direct P       openat into the ring's own table, and a read there
//   ring-allocated P    the same at a place that the kernel chooses
//   ring-unlink P, ring-mkdir P, ring-setxattr P, ring-rename P (to P.renamed), ring-link P (to P.linked)
//   ring-silent-rename P      as ring-rename, by a request that asks for no completion
#pragma once

#include <optional>
#include <string>

namespace purposewatch::testing {

// Nothing for other verbs; else whether it worked.
std::optional<bool> act_through_ring(const std::string& verb, const std::string& path);
bool is_ring_verb(const std::string& verb);

}  // namespace purposewatch::testing
