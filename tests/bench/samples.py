"""Measuring one monitor, and what many measurements say together."""
import statistics
import sys

from workloads import run_load


def progress(text):
    print(text, file=sys.stderr, flush=True)


def rotated(items, by):
    """The same items, another one first in every round: a drift of the machine then hits all alike."""
    by %= len(items)
    return items[by:] + items[:by]


COUNTED = ("delivered", "lost", "permitted", "told")


def counts(monitor):
    """What the monitor says that it counted so far, as far as it counts."""
    found = {name: getattr(monitor, name)() for name in COUNTED if hasattr(monitor, name)}
    return {name: count for name, count in found.items() if count is not None}


def measure(bench, monitor, workload, rate=None, seconds=None):
    """One load under a monitor that runs: cost, and what the monitor made of it."""
    before, cpu = counts(monitor), monitor.cpu_ns()
    sample = run_load(bench.scratch, workload, bench.load_cpu, seconds or bench.seconds, rate)
    monitor.drain(made_findings=workload.tree == "watched")
    sample.update(monitor=monitor.name, workload=workload.name, monitor_cpu_ns=monitor.cpu_ns() - cpu)
    sample.update({name: count - before[name] for name, count in counts(monitor).items()})
    return sample


def run_round(bench, monitors, workloads, number, samples, after=None):
    """Every monitor once, in rotated order, each with all the workloads; `after(monitor, sample)` may add to the last
    sample of each. A monitor that fails has no samples in this round; returns {name: what went wrong}."""
    failures = {}
    for monitor in rotated(monitors, number):
        progress(f"  round {number + 1}: {monitor.name}")
        try:
            with monitor.running(bench.scratch, bench.monitor_cpu):
                monitor.drain(made_findings=False)
                for workload in workloads:
                    samples.append(dict(measure(bench, monitor, workload), round=number))
                if after:
                    after(monitor, samples[-1])
        except RuntimeError as error:
            progress(f"    {error}")
            failures[monitor.name] = " ".join(str(error).split())
    return failures


def ratios(samples, monitor, baselines, workload, key="median_ns"):
    """The monitor's cost as a multiple of the baselines' mean, each round against its own baselines."""
    cost = {(s["monitor"], s["round"]): s[key] for s in samples if s["workload"] == workload}
    found = []
    for round_ in sorted({round_ for _, round_ in cost}):
        bare = [cost[name, round_] for name in baselines if (name, round_) in cost]
        if bare and (monitor, round_) in cost:
            found.append(cost[monitor, round_] / statistics.mean(bare))
    return found


def of(samples, monitor, workload, key):
    return [s[key] for s in samples if s["monitor"] == monitor and s.get("workload") == workload and key in s]


def median_ratio(*arguments, **options):
    found = ratios(*arguments, **options)
    return statistics.median(found) if found else None


QUIET = 0.03  # of the load's CPU: more taken by others is worth a word


def not_quiet(samples, baselines):
    bare = [sample for sample in samples if sample["monitor"] in baselines]
    taken = 1 - sum(sample["cpu_s"] for sample in bare) / sum(sample["wall_s"] for sample in bare)
    if taken > QUIET:
        yield f"**The machine was not quiet:** other programs took {taken:.0%} of the load's CPU in the bare runs.\n"


def share_delivered(samples, monitor, workload="flagged"):
    """Of all accesses that were to be reported, how many were (1 = all); None when nobody counts."""
    delivered = of(samples, monitor, workload, "delivered")
    return sum(delivered) / sum(of(samples, monitor, workload, "accesses")) if delivered else None
