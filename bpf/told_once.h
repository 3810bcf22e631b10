/* What is told once for each process that does it, by kernel objects whose addresses are given again. */
#ifndef PURPOSEWATCH_TOLD_ONCE_H
#define PURPOSEWATCH_TOLD_ONCE_H

#include "maps.h"

/* When something was told: of which process, by which tables. */
struct moment {
  __u64 start_ns; /* boot time; of the leader */
  __u64 generation;
};

/* `told`: a map of moments. Notes this one; false when it is there already. */
static __always_inline int is_new_for_process(void *told, const void *key) {
  struct moment now = {bpf_get_current_task_btf()->group_leader->start_boottime, generation};
  struct moment *before = bpf_map_lookup_elem(told, key);
  if (before && before->start_ns == now.start_ns && before->generation == now.generation) return 0;
  bpf_map_update_elem(told, key, &now, 0 /* BPF_ANY */);
  return 1;
}

#endif
