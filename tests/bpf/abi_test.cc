// The contract between kernel and user space: what both compilers must agree on.
#include "bpf/abi.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

#include "rules/model/access.h"

namespace purposewatch {
namespace {

// Every byte of a key or record belongs to a member: an unnamed byte would hold what was on a stack.
template <class T>
constexpr bool kHasNoPadding = std::has_unique_object_representations_v<T>;

static_assert(kHasNoPadding<pw_inode_key> && kHasNoPadding<pw_way> && kHasNoPadding<pw_anchor> &&
              kHasNoPadding<pw_target> && kHasNoPadding<pw_state>);
static_assert(kHasNoPadding<pw_edge_key> && kHasNoPadding<pw_glob> && kHasNoPadding<pw_candidates>);
static_assert(kHasNoPadding<pw_service> && kHasNoPadding<pw_units> && kHasNoPadding<pw_permit_key>);
static_assert(kHasNoPadding<pw_origin_key> && kHasNoPadding<pw_script_name> && kHasNoPadding<pw_script>);
static_assert(kHasNoPadding<pw_script_place> && kHasNoPadding<pw_port_key>);
static_assert(kHasNoPadding<pw_connect_record>);
static_assert(kHasNoPadding<pw_permit> && kHasNoPadding<pw_task> && kHasNoPadding<pw_cpu_stats>);
static_assert(kHasNoPadding<pw_record> && kHasNoPadding<pw_ancestor> && kHasNoPadding<pw_process_record>);
static_assert(kHasNoPadding<pw_access_record> && kHasNoPadding<pw_access_small>);
static_assert(kHasNoPadding<pw_access_large> && kHasNoPadding<pw_descriptor>);

static_assert(sizeof(pw_inode_key) == 16 && sizeof(pw_anchor) == 40 && sizeof(pw_state) == 32);
static_assert(sizeof(pw_edge_key) == 48 && sizeof(pw_glob) == 104 && sizeof(pw_candidates) == 24);
static_assert(sizeof(pw_service) == 16 && sizeof(pw_units) == 20 && sizeof(pw_permit_key) == 4);
static_assert(sizeof(pw_permit) == 4 * 3 + 4 * PW_KINDS && sizeof(pw_record) == 24);
static_assert(sizeof(pw_cpu_stats) % 64 == 0, "two CPUs that share a cache line slow each other down");

// A record is told by its type and size.
static_assert(sizeof(pw_access_small) != sizeof(pw_access_large));
static_assert(sizeof(pw_process_record) != sizeof(pw_access_small));
static_assert(offsetof(pw_process_record, head) == 0 && offsetof(pw_access_record, head) == 0);
static_assert(offsetof(pw_access_small, path) == sizeof(pw_access_record));
static_assert(offsetof(pw_access_large, client) == sizeof(pw_access_record));
static_assert(sizeof(pw_access_large::client) == PW_NAME_MAX + 1);

// Masks stand for bounds: the kernel writes `index & (N - 1)` for the verifier.
constexpr bool is_power_of_two(unsigned number) {
  return number != 0 && (number & (number - 1)) == 0;
}
static_assert(is_power_of_two(PW_SERVICES_PER_TASK) && is_power_of_two(PW_UNITS_PER_CGROUP));
static_assert(is_power_of_two(PW_ANCESTORS_MAX) && is_power_of_two(PW_GENERATIONS));
static_assert(is_power_of_two(PW_WINDOWS_MAX));
static_assert(is_power_of_two(PW_PATH_SMALL) && is_power_of_two(PW_PATH_LARGE));
static_assert(is_power_of_two(PW_EXE_PATH) && is_power_of_two(PW_ANCESTOR_EXE_PATH));
static_assert(is_power_of_two(PW_SCRIPT_PATH) && is_power_of_two(PW_LINEAGE_MAX));
static_assert(is_power_of_two(PW_CGROUP_PATH) && is_power_of_two(PW_CPUS_MAX));
static_assert(is_power_of_two(PW_FILTER_WORDS) && is_power_of_two(PW_NAME_MAX + 1));
static_assert(PW_SLACK >= PW_NAME_MAX + 1, "one name may be written at any offset of a path");
static_assert(PW_GLOB_PART_MAX <= PW_COMPONENT_INLINE, "a glob's prefix is compared with a key's name");
static_assert(PW_GLOB_PART_MAX == 3 * 8 && offsetof(pw_edge_key, name) % 8 == 0, "compared as three words");
static_assert(offsetof(pw_glob, prefix) % 8 == 0 && offsetof(pw_glob, suffix) % 8 == 0);
static_assert(PW_COMPONENT_INLINE + 1 == 4 * 8, "a name is read by words");
static_assert(is_power_of_two(PW_NAME_SETS));
static_assert(PW_SERVICES_PER_TASK < 32 && PW_GLOBS_PER_STATE_MAX <= 32);

TEST(Abi, NumbersTheAccessKindsAsTheModelDoes) {
  constexpr pw_kind kKernelOrder[] = {PW_READ, PW_LIST, PW_WRITE,   PW_CREATE, PW_DELETE, PW_RENAME,
                                      PW_ATTR, PW_EXEC, PW_CONNECT, PW_MEMORY, PW_DEVICE};
  constexpr const char* kNames[] = {"read", "list", "write",   "create", "delete", "rename",
                                    "attr", "exec", "connect", "memory", "device"};
  static_assert(std::size(kKernelOrder) == PW_KINDS && kAccessKindCount == PW_KINDS);
  for (std::size_t i = 0; i < kAccessKindCount; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kKernelOrder[i]), i) << kNames[i];
    EXPECT_EQ(name_of(static_cast<AccessKind>(i)), kNames[i]);
  }
}

}  // namespace
}  // namespace purposewatch
