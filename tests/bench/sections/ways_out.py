"""What it costs to connect, to send and to write to a pipe: for a process that has read no store, and for one that
carries client data. No other monitor here follows what was read, so none takes part."""
import statistics

from monitors.monitor import Monitor
from samples import median_ratio, not_quiet, of, run_round
from table import at_most, ratio, table
from workloads import WAYS_OUT

BARE, BARE_AGAIN, OURS = "bare", "bare again", "purposewatch"
BASELINES = (BARE, BARE_AGAIN)
ALWAYS_TOLD = "connect, carrying"  # of the others, only the first to each place is
EXPLAINED = (
    "All lead back to the process itself: a TCP *connect* over loopback (accepted, reset, closed at both ends), a UDP "
    "datagram over loopback (*sendto*, to a full buffer), a connection to a *unix* socket (accepted, closed at both "
    "ends), 4 KiB through a *pipe*. *Carrying*: the process has read a store, and may go there with that. *Followed*: "
    "by a program that may not read the store and did, so that whoever reads its pipe is taken to carry, too. *Then*: "
    "by a process that has read none, after that.\n"
)


def run(bench):
    agent = bench.agent()
    if reason := agent.missing():
        return f"left out: {reason}.\n"
    samples, reasons = [], {}

    def after(monitor, sample):
        if monitor is agent:
            sample.update(backend=agent.backend_in_use())

    for number in range(bench.rounds):
        monitors = [Monitor(BARE), agent, Monitor(BARE_AGAIN)]
        reasons |= run_round(bench, monitors, WAYS_OUT, number, samples, after)
    bench.record("ways-out", samples)
    return report(samples, reasons)


def report(samples, reasons):
    backends = set(of(samples, OURS, WAYS_OUT[-1].name, "backend"))
    header = ["× the bare machine", "bare, ns", "bare again (noise)", f"**{OURS} ({', '.join(sorted(backends)) or 'never ready'})**",
              "to reach", "made", "told", "lost", "own CPU for each"]
    rows = [[w.name, *cost(samples, w), *account(samples, w.name)] for w in WAYS_OUT]
    left_out = [f"{name} was left out of some rounds: {reason}.\n" for name, reason in reasons.items()]
    return "\n".join([table(header, rows), EXPLAINED, *not_quiet(samples, BASELINES), *left_out])


def cost(samples, workload):
    name, target = workload.name, workload.target
    return [f"{statistics.median(of(samples, BARE, name, 'median_ns')):.0f}",
            ratio(median_ratio(samples, BARE_AGAIN, [BARE], name)),
            ratio(median_ratio(samples, OURS, BASELINES, name), target), f"≤ {target:.2f}"]


def account(samples, name):
    """No loss is silent: what must be told each time was told, or counted as lost."""
    made, told, lost, cpu_ns = (sum(of(samples, OURS, name, key)) for key in ("accesses", "told", "lost", "monitor_cpu_ns"))
    if not made:
        return []
    unaccounted = made - told - lost if name == ALWAYS_TOLD else 0
    return [f"{made:,}", at_most(unaccounted, 0, f"{told:,}"), at_most(lost, 0, f"{lost:,}"), f"{cpu_ns / made / 1000:.2f} µs"]
