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


def measure(bench, monitor, workload, rate=None, seconds=None):
    """One load under a monitor that runs: cost, and what the monitor made of it."""
    delivered, lost, cpu = monitor.delivered(), monitor.lost(), monitor.cpu_ns()
    permitted = monitor.permitted() if hasattr(monitor, "permitted") else None
    sample = run_load(bench.scratch, workload, bench.load_cpu, seconds or bench.seconds, rate)
    monitor.drain(made_findings=workload.tree == "watched")
    sample.update(monitor=monitor.name, workload=workload.name, monitor_cpu_ns=monitor.cpu_ns() - cpu)
    if delivered is not None:
        sample["delivered"] = monitor.delivered() - delivered
    if lost is not None:
        sample["lost"] = monitor.lost() - lost
    if permitted is not None:
        sample["permitted"] = monitor.permitted() - permitted
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


def share_delivered(samples, monitor, workload="flagged"):
    """Of all accesses that were to be reported, how many were (1 = all); None when nobody counts."""
    delivered = of(samples, monitor, workload, "delivered")
    return sum(delivered) / sum(of(samples, monitor, workload, "accesses")) if delivered else None
