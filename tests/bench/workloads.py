"""What is measured: operations that a hosting server does all day, and what each may cost."""
import dataclasses
import json
import subprocess


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    operation: str
    tree: str  # of load.c
    program: str  # attribute of Scratch: who does it
    target: float  # the agent's cost may be this many times the bare one
    block: int = 500  # operations per block


WORKLOADS = [
    Workload("getpid", "getpid", "unwatched", "reader", 1.30, block=2000),
    Workload("stat", "stat", "unwatched", "reader", 1.06),
    Workload("unwatched", "open", "unwatched", "reader", 1.15),
    Workload("beside", "open", "beside", "reader", 1.15),
    Workload("permitted", "open", "watched", "reader", 1.20),
    Workload("flagged", "open", "watched", "curious", 1.50),
]
BY_NAME = {workload.name: workload for workload in WORKLOADS}
EXPLAINED = (
    "getpid and stat: these system calls alone. The others are open + read of 4 KiB + close: of an *unwatched* file; "
    "of a file *beside* a store (same client's directory, outside the store's); of a watched file by the service "
    "that is *permitted*; of a watched file by another program (*flagged*). auditd and bpftrace know no wildcards "
    "and so watch all that lies beside, too."
)

# The ways out of a process. What its program has read before is one file of the tree: of no store, and it is a stranger;
# of a store, and it carries client data. The targets are those of opening files: a stranger's way out is unwatched, a
# carrier's is permitted, and told each time (a connection) or by a program that may not (followed) it is as flagged.
# In this order, since from the first pipe that is followed each reader of a pipe is looked at.
WAYS_OUT = [
    Workload("connect", "connect", "unwatched", "reader", 1.15, block=100),
    Workload("sendto", "sendto", "unwatched", "reader", 1.15),
    Workload("unix", "unix", "unwatched", "reader", 1.15, block=200),
    Workload("pipe", "pipe", "unwatched", "reader", 1.15, block=1000),
    Workload("connect, carrying", "connect", "watched", "reader", 1.50, block=100),
    Workload("sendto, carrying", "sendto", "watched", "reader", 1.20),
    Workload("unix, carrying", "unix", "watched", "reader", 1.20, block=200),
    Workload("pipe, carrying", "pipe", "watched", "reader", 1.20, block=1000),
    Workload("pipe, followed", "pipe", "watched", "curious", 1.50, block=1000),
    Workload("pipe, then", "pipe", "unwatched", "reader", 1.15, block=1000),
]


def run_load(scratch, workload, cpu, seconds, rate=None):
    """One run of the load; the dictionary that load.c prints, plus `accesses`: all that it did, the warm-up too."""
    command = [getattr(scratch, workload.program), scratch.tree, workload.operation, f"tree={workload.tree}",
               f"cpu={cpu}", f"seconds={seconds}", f"block={workload.block}"]
    if rate:
        command.append(f"rate={rate}")
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    result["accesses"] = result["operations"] + result["warm_operations"]
    return result
