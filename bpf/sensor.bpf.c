/* The sensor: one object of small parts, so that the generated skeleton names every map once.
 *
 *   kernel_types.h   what we read of the kernel          abi.h       what crosses to user space
 *   maps.h           tables, counters, ring              lookups.h   the tables of one generation
 *
 * Ways in: the files that are included below. From each of them
 *
 *   observe.h ─> resolve.h: which store?   (walk.h, descend.h, automaton.h, marks.h)
 *             ─> identity.h: who?          (described by describe.h)
 *             ─> decide.h: permitted?      counted, and done
 *             ─> record.h: told            -> ring.h
 *
 * and, of who has read client data (held_stores.h), the ways out: outlets.h -> ring.h
 *
 * Hooks of backends that are not in use are not loaded. */
#include "agent_guard.h"
#include "connect_hooks.h"
#include "core_dumps.h"
#include "ctime_hooks.h"
#include "datagram_calls.h"
#include "datagram_hooks.h"
#include "file_hooks.h"
#include "listeners.h"
#include "memory_hooks.h"
#include "messages.h"
#include "mount_calls.h"
#include "mount_hooks.h"
#include "name_hooks.h"
#include "object_guard.h"
#include "open_calls.h"
#include "peers.h"
#include "pipe_hooks.h"
#include "port_hooks.h"
#include "process.h"
#include "ring_opens.h"
#include "vsock_hooks.h"
