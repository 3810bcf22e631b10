"""What is measured: five kinds of operation that a hosting server does all day, and what each may cost."""
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


def run_load(scratch, workload, cpu, seconds, rate=None):
    """One run of the load; the dictionary that load.c prints, plus `accesses`: all that it did, the warm-up too."""
    command = [getattr(scratch, workload.program), scratch.tree, workload.operation, f"tree={workload.tree}",
               f"cpu={cpu}", f"seconds={seconds}", f"block={workload.block}"]
    if rate:
        command.append(f"rate={rate}")
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    result["accesses"] = result["operations"] + result["warm_operations"]
    return result
