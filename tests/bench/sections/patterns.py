"""Does it matter how many store patterns the policy has? And what memory do they take?"""
from policies import make_filler_directories
from samples import median_ratio, of, run_round
from table import at_most, ratio, table
from workloads import BY_NAME

ONE, ONE_AGAIN = "1", "1 again (noise)"
TARGET = 1.05  # "the same within noise"
MEMORY_TARGET_MIB = 32
EXPLAINED = (
    "Four of five patterns have a `{client}` wildcard; they lie on the load's file system, and their directories do "
    "not exist except where it says so.\n"
)
WORKLOADS = [BY_NAME[name] for name in ("unwatched", "beside", "permitted", "flagged")]


def run(bench):
    one = bench.agent(1, ONE)
    if reason := one.missing():
        return f"left out: {reason}.\n"
    counts = [10000] if bench.quick else [100, 10000]
    samples = []
    absent = [bench.agent(count, f"{count:,}") for count in counts]
    for number in range(bench.rounds):
        run_round(bench, [one, *absent, bench.agent(1, ONE_AGAIN)], WORKLOADS, number, samples, add_memory)
    # The directories stay once they are made, so these come last, with a baseline of their own.
    make_filler_directories(bench.scratch.tree, max(counts))
    existing = bench.agent(max(counts), f"{max(counts):,}, all existing")
    for number in range(bench.rounds, 2 * bench.rounds):
        run_round(bench, [bench.agent(1, ONE), existing], WORKLOADS, number, samples, add_memory)
    bench.record("patterns", samples)
    return report(samples, [ONE_AGAIN, *(agent.name for agent in absent), existing.name])


def add_memory(agent, sample):
    sample.update(memory_kib=agent.memory_kib(), ready_s=agent.ready_s)


def report(samples, names):
    header = ["store patterns, × one pattern"] + [w.name for w in WORKLOADS]
    header += ["RSS, MiB", "anonymous", "file", "shared", "ready after"]
    rows = [[ONE] + ["1"] * len(WORKLOADS) + memory(samples, ONE)]
    for name in names:
        target = None if name == ONE_AGAIN else TARGET
        rows.append([name] + [ratio(median_ratio(samples, name, [ONE], w.name), target) for w in WORKLOADS]
                    + memory(samples, name))
    rows.append(["to reach"] + [f"≤ {TARGET}"] * len(WORKLOADS) + [f"≤ {MEMORY_TARGET_MIB}"])
    return table(header, rows) + "\n" + EXPLAINED


def memory(samples, name):
    """Highest of all rounds: RSS and its parts in MiB, and seconds from start to ready."""
    found = of(samples, name, WORKLOADS[-1].name, "memory_kib")
    if not found:
        return []
    cells = [max(sample[part] for sample in found) / 1024 for part in ("VmRSS", "RssAnon", "RssFile", "RssShmem")]
    ready = max(of(samples, name, WORKLOADS[-1].name, "ready_s"))
    return ([at_most(cells[0], MEMORY_TARGET_MIB, f"{cells[0]:.1f}")] + [f"{cell:.1f}" for cell in cells[1:]]
            + [f"{ready:.2f} s"])
