/* Who takes hold of the sensor itself, of its maps, programs and links, by bpf(2): with a map in hand, he could put other
 * tables in place, or read the ring empty. And who sets the clock, by which all that is recorded has its time.
 *
 * On kernels that allow LSM or fentry programs by their hooks; elsewhere by the results of the calls. */
#ifndef PURPOSEWATCH_OBJECT_GUARD_H
#define PURPOSEWATCH_OBJECT_GUARD_H

#include "agent_guard.h"
#include "memory_calls.h"
#include "told_once.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, PW_OBJECTS_MAX);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pw_object_key);
  __type(value, __u32);
} own_objects PW_MAP;

/* Tools that list what there is take hold of everything: once for each process is enough. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, struct moment);
} object_takers PW_MAP;

/* True when it is to be refused. */
static __noinline int took_object(__u32 kind, __u32 id) {
  struct task_struct *current = bpf_get_current_task_btf();
  struct pw_object_key key = {.kind = kind, .id = id};
  __u32 process = current->tgid;
  if (is_agent(current) || !bpf_map_lookup_elem(&own_objects, &key)) return 0;
  if (is_new_for_process(&object_takers, &process)) return tell_tampering(current, PW_TAMPER_OBJECT, 0);
  return is_refused(current);
}

/* (map, mode) */
SEC("lsm/bpf_map")
int on_bpf_map(unsigned long long *ctx) {
  if (!fires(PW_HOOK_BPF_MAP)) return 0;
  return verdict(took_object(PW_OBJECT_MAP, READ(struct bpf_map, ctx[0], id)));
}

/* (program) */
SEC("lsm/bpf_prog")
int on_bpf_prog(unsigned long long *ctx) {
  if (!fires(PW_HOOK_BPF_PROG)) return 0;
  return verdict(took_object(PW_OBJECT_PROGRAM, READ(struct bpf_prog_aux, READ_ADDRESS(struct bpf_prog, ctx[0], aux), id)));
}

/* (time, zone): of the zone alone there is no time. */
SEC("lsm/settime")
int on_settime(unsigned long long *ctx) {
  if (!fires(PW_HOOK_SETTIME)) return 0;
  return ctx[0] ? verdict(tell_tampering(bpf_get_current_task_btf(), PW_TAMPER_CLOCK, 0)) : 0;
}

enum { CALL_BPF = 321, CALL_CLOCK_SETTIME = 227, CALL_SETTIMEOFDAY = 164 };
/* enum bpf_cmd of linux/bpf.h */
enum {
  CMD_OBJ_GET = 7,
  CMD_PROG_GET_FD_BY_ID = 13,
  CMD_MAP_GET_FD_BY_ID = 14,
  CMD_LINK_UPDATE = 29,
  CMD_LINK_GET_FD_BY_ID = 30,
  CMD_LINK_DETACH = 34,
};

/* What a descriptor of bpf(2) is, by the name that its file has: "bpf-map", "bpf-prog", "bpf_link", and the like. */
static __always_inline int got_object(__u64 file) {
  __u64 dentry = READ_ADDRESS(struct file, file, f_path.dentry);
  __u32 length = READ(struct dentry, dentry, d_name.len);
  if (length < 7 || length > 16) return 0;
  __u64 name = name_word(READ_ADDRESS(struct dentry, dentry, d_name.name), length, 0);
  if ((name & 0xff) == '[') name = name_word(READ_ADDRESS(struct dentry, dentry, d_name.name) + 1, length - 1, 0);
  __u64 object = READ_ADDRESS(struct file, file, private_data);
  char kind = name >> 32;
  if (!object || (name & 0xffffff) != ('b' | 'p' << 8 | 'f' << 16)) return 0;
  if (kind == 'm') return took_object(PW_OBJECT_MAP, READ(struct bpf_map, object, id));
  if (kind == 'p') return took_object(PW_OBJECT_PROGRAM, READ(struct bpf_prog_aux, READ_ADDRESS(struct bpf_prog, object, aux), id));
  return kind == 'l' && took_object(PW_OBJECT_LINK, READ(struct bpf_link, object, id));
}

/* (command, attributes, size): links have no hook of their own. Of these commands, the attributes begin with the link's number,
 * or with a descriptor of it. */
SEC("lsm/bpf")
int on_bpf(unsigned long long *ctx) {
  if (!fires(PW_HOOK_BPF)) return 0;
  __u32 command = ctx[0], number = 0;
  if (command != CMD_LINK_GET_FD_BY_ID && command != CMD_LINK_UPDATE && command != CMD_LINK_DETACH) return 0;
  bpf_probe_read_kernel(&number, sizeof(number), (const void *)ctx[1]);
  if (command == CMD_LINK_GET_FD_BY_ID) return verdict(took_object(PW_OBJECT_LINK, number));
  __u64 file = file_of_descriptor(bpf_get_current_task_btf(), number);
  return file ? verdict(got_object(file)) : 0;
}

/* Attached to each of the calls that agent/kernel/system_calls.cc lists. */
SEC("tracepoint")
int on_guard_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_GUARD_CALL) || ctx->result < 0) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  if (ctx->call != CALL_BPF) {
    if (ctx->call == CALL_CLOCK_SETTIME ? registers->di == 0 /* CLOCK_REALTIME */ : registers->di != 0)
      tell_tampering(current, PW_TAMPER_CLOCK, 0);
    return 0;
  }
  __u32 command = registers->di;
  if (command != CMD_OBJ_GET && command != CMD_PROG_GET_FD_BY_ID && command != CMD_MAP_GET_FD_BY_ID &&
      command != CMD_LINK_GET_FD_BY_ID)
    return 0;
  __u64 file = file_of_descriptor(current, ctx->result);
  if (file) got_object(file);
  return 0;
}

#endif
