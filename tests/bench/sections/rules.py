"""Does it matter how many services, permits, clients and grants there are? And how long do they take to load?"""
import os

from monitors.agent import Agent
from policies import large_policy, make_clients, stored_grant
from samples import median_ratio, of, run_round
from table import at_most, ratio, table
from workloads import BY_NAME

SERVICES, PERMITS, GRANTS, CLIENTS = 1_000, 5_000, 10_000, 50_000
SMALL, SMALL_AGAIN, LARGE = "small", "small again (noise)", "large"
TARGET = 1.05  # "the same within noise"
MEMORY_TARGET_MIB, READY_TARGET_S = 64, 5
WORKLOADS = [BY_NAME[name] for name in ("unwatched", "beside", "permitted", "flagged")]


class AgentWithGrants(Agent):
    """It finds them in its state directory, as after a restart."""

    def command(self):
        command = super().command()
        os.mkdir(f"{self.directory}/state/grants", 0o700)
        for number in range(GRANTS):
            name, text = stored_grant(number)
            with open(f"{self.directory}/state/grants/{name}.json", "w") as file:
                file.write(text)
        return command


def run(bench):
    small = bench.agent(1, SMALL)
    if reason := small.missing():
        return f"left out: {reason}.\n"
    make_clients(bench.scratch.tree, 1_000 if bench.quick else CLIENTS)
    policy = large_policy(bench.scratch, SERVICES, PERMITS)
    samples = []
    for number in range(bench.rounds):
        large = AgentWithGrants(bench.program, policy, LARGE, bench.backend)
        run_round(bench, [small, large, bench.agent(1, SMALL_AGAIN)], WORKLOADS, number, samples, add_memory)
    bench.record("rules", samples)
    return report(samples)


def add_memory(agent, sample):
    sample.update(memory_kib=agent.memory_kib(), ready_s=agent.ready_s)


def report(samples):
    rows = [[SMALL] + ["1"] * len(WORKLOADS) + weight(samples, SMALL)]
    for name, target in ((SMALL_AGAIN, None), (LARGE, TARGET)):
        rows.append([name] + [ratio(median_ratio(samples, name, [SMALL], w.name), target) for w in WORKLOADS]
                    + weight(samples, name))
    rows.append(["to reach"] + [f"≤ {TARGET}"] * len(WORKLOADS) + [f"≤ {MEMORY_TARGET_MIB}", f"≤ {READY_TARGET_S} s"])
    explained = (f"*Large* has {SERVICES:,} services, {PERMITS:,} permits, {GRANTS:,} grants and {CLIENTS:,} clients' directories; "
                 "*small* one service and one permit, and the same directories.\n")
    return table(["rules, × the small policy"] + [w.name for w in WORKLOADS] + ["RSS, MiB", "ready after"], rows) + "\n" + explained


def weight(samples, name):
    """Highest of all rounds: RSS in MiB, seconds from start to ready."""
    last = WORKLOADS[-1].name
    memory = [found["VmRSS"] / 1024 for found in of(samples, name, last, "memory_kib")]
    ready = of(samples, name, last, "ready_s")
    if not memory:
        return []
    return [at_most(max(memory), MEMORY_TARGET_MIB, f"{max(memory):.1f}"), at_most(max(ready), READY_TARGET_S, f"{max(ready):.2f} s")]
