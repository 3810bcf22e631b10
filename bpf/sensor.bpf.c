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
 * Hooks of backends that are not in use are not loaded. */
#include "connect_hooks.h"
#include "core_dumps.h"
#include "ctime_hooks.h"
#include "file_hooks.h"
#include "listeners.h"
#include "memory_hooks.h"
#include "messages.h"
#include "mount_calls.h"
#include "mount_hooks.h"
#include "name_hooks.h"
#include "open_calls.h"
#include "port_hooks.h"
#include "process.h"
#include "ring_opens.h"
