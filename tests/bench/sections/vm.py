"""Instructions per operation on Debian's kernels, in QEMU with -icount shift=0: there a guest nanosecond is one
instruction, so that the figures repeat to a few instructions. They tell how much work a hook does; they say nothing of
caches, mispredicted branches or atomics."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import types

import processes
from policies import policy
from samples import of, progress
from scratch import HERE, compile_load
from table import at_most, percent, table
from workloads import WAYS_OUT, WORKLOADS

KERNELS = ["6.1", "6.12"]
BACKENDS = ["lsm", "fentry"]
BARE, BARE_AGAIN = "bare", "bare_again"
UNRELATED = ["getpid", "stat"]  # must not cost one instruction more
NOISE = 4  # instructions that two bare runs may differ by
FILES = 200
TIMEOUT_S = 1800


def run(options):
    blocks = 40 if options.quick else 200
    backends = BACKENDS if os.access(options.agent, os.X_OK) else []
    print("Instructions per operation, and how many each backend adds to them.\n")
    recorded = {}
    with tempfile.TemporaryDirectory(prefix="purposewatch-bench.") as directory:
        files = guest_files(directory, options.agent if backends else None)
        for kernel in KERNELS:
            progress(f"Debian's {kernel} in QEMU ...")
            recorded[kernel] = samples = boot(kernel, files, blocks, [BARE, *backends, BARE_AGAIN])
            print(f"### Linux {kernel}\n\n{report(samples, backends)}\n{ways_out_report(samples, backends)}", flush=True)
    if not backends:
        print(f"The agent was left out: {options.agent} is not built.")
    return {"samples": recorded}


def guest_files(directory, agent):
    """Options of run-in-vm that bring the load, the policy and the agent."""
    compile_load(f"{directory}/reader")
    shutil.copy(f"{directory}/reader", f"{directory}/curious")
    guest = types.SimpleNamespace(tree="/srv/bench", reader="/bench/reader")
    with open(f"{directory}/policy.yaml", "w") as file:
        file.write(policy(guest, 1))
    names = {f"{directory}/{name}": name for name in ("reader", "curious", "policy.yaml")}
    if agent:
        names[os.path.abspath(agent)] = "purposewatch"
    return [word for source, name in names.items() for word in ("--file", f"{source}:/bench/{name}")]


def boot(kernel, files, blocks, variants):
    workloads = " ".join(f"{word(w)} {w.operation} {w.tree} {w.program}" for w in WORKLOADS + WAYS_OUT)
    command = [f"{HERE}/../vm/run-in-vm", "--icount", "--timeout", str(TIMEOUT_S), *files, kernel, f"{HERE}/in_vm",
               str(FILES), str(blocks), workloads, *variants]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        lines = process.communicate()[0].splitlines()
    finally:
        processes.stop(process, signal.SIGTERM)  # it ends the machine, when the benchmark is ended
    if process.returncode:
        progress("\n".join(line for line in lines if not line.startswith("{")))
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [{**sample, **sample.pop("load", {})} for sample in found]


def word(workload):
    """Its name for the guest, where a blank ends a name."""
    return workload.name.replace(", ", "-")


def path(samples, monitor, workload):
    """Instructions on the load's own path: the block at the tenth percentile holds no tick and no other process."""
    found = of(samples, monitor, word(workload), "p10_ns")
    return found[0] if found else None


def report(samples, backends):
    rows = [["bare"] + [f"{path(samples, BARE, w):,.0f}" for w in WORKLOADS]]
    for name in [BARE_AGAIN, *backends]:
        added = [added_by(samples, name, workload) for workload in WORKLOADS]
        rows.append([name.replace("_", " ")] + added + delivery(samples, name))
    rows.append(["to reach"] + ["+0" if w.name in UNRELATED else "" for w in WORKLOADS] + ["100 %", "0"])
    return table(["instructions"] + [w.name for w in WORKLOADS] + ["delivered", "lost"], rows)


def ways_out_report(samples, backends):
    rows = [[w.name, f"{path(samples, BARE, w):,.0f}"] + [added_by(samples, name, w) for name in [BARE_AGAIN, *backends]]
            for w in WAYS_OUT]
    return table(["instructions", "bare", BARE_AGAIN.replace("_", " "), *backends], rows)


def added_by(samples, name, workload):
    bare, ours = path(samples, BARE, workload), path(samples, name, workload)
    if bare is None or ours is None:
        return "failed"
    text = f"{ours - bare:+,.0f} (×{ours / bare:.2f})"
    return at_most(ours - bare, NOISE, text) if workload.name in UNRELATED else text


def delivery(samples, name):
    made = sum(of(samples, name, "flagged", "operations") + of(samples, name, "flagged", "warm_operations"))
    made += sum(len(of(samples, name, word(w), "operations")) for w in WAYS_OUT if w.program == "curious")  # a read each
    for sample in samples:
        if sample["monitor"] == name and "delivered" in sample and made:
            share = sample["delivered"] / made
            return [at_most(abs(share - 1), 0, percent(share)), at_most(sample["lost"], 0, f"{sample['lost']}")]
    return []
