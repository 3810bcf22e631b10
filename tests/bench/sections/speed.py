"""What each monitor costs the programs of the machine, against the bare machine of the same round."""
import statistics

from monitors.monitor import Monitor
from samples import median_ratio, not_quiet, of, progress, ratios, run_round, share_delivered
from table import at_most, percent, ratio, table
from workloads import EXPLAINED, WORKLOADS

BARE, BARE_AGAIN = "bare", "bare again"
BASELINES = (BARE, BARE_AGAIN)


def run(bench):
    agent = bench.agent()
    peers = bench.peers()
    taking_part = [Monitor(BARE), agent, *peers, Monitor(BARE_AGAIN)]
    reasons = {monitor.name: monitor.missing() for monitor in taking_part if monitor.missing()}
    for name, reason in reasons.items():
        progress(f"  {name} is left out: {reason}")
    monitors = [monitor for monitor in taking_part if monitor.name not in reasons]

    def after(monitor, sample):
        if monitor is agent:
            sample.update(backend=agent.backend_in_use(), memory_kib=agent.memory_kib())

    samples = []
    for number in range(bench.rounds):
        reasons |= run_round(bench, monitors, WORKLOADS, number, samples, after)
    bench.record("speed", samples)
    measured = {sample["monitor"] for sample in samples}
    return report(samples, [monitor.name for monitor in monitors if monitor.name in measured], reasons)


def report(samples, names, reasons):
    ours = [name for name in names if name == "purposewatch"]
    others = [name for name in names if name not in (*BASELINES, *ours)]
    header = ["× the bare machine"] + [workload.name for workload in WORKLOADS]
    header += ["delivered", "lost", "own CPU per finding"]
    rows = [["bare, ns"] + [f"{statistics.median(of(samples, BARE, w.name, 'median_ns')):.0f}" for w in WORKLOADS]]
    rows.append(["bare again (noise)"] + [ratio(median_ratio(samples, BARE_AGAIN, [BARE], w.name)) for w in WORKLOADS])
    for name in ours:
        rows.append([f"**{title(samples, name)}**"] + costs(samples, name, judged=True))
        rows.append(["to reach"] + [f"≤ {w.target:.2f}" for w in WORKLOADS] + ["100 %", "0"])
    rows += [[name] + costs(samples, name, judged=False) for name in others]
    return "\n".join([table(header, rows), *notes(samples, names, reasons)])


def title(samples, name):
    backends = set(of(samples, name, WORKLOADS[-1].name, "backend"))
    return f"{name} ({', '.join(sorted(backends)) or 'never ready'})"


def account(samples):
    """No loss is silent: an access that was not delivered must have been counted as lost."""
    made, delivered, lost = (sum(of(samples, "purposewatch", "flagged", key))
                             for key in ("accesses", "delivered", "lost"))
    text = f"{made:,} made, {delivered:,} delivered, {lost:,} lost, {made - delivered - lost:,} unaccounted for"
    return f"Flagged accesses: {at_most(abs(made - delivered - lost), 0, text)}.\n"


def costs(samples, name, judged):
    cells = [ratio(median_ratio(samples, name, BASELINES, w.name), w.target if judged else None) for w in WORKLOADS]
    share = share_delivered(samples, name)
    cells.append(at_most(abs(share - 1), 0, percent(share)) if judged and share is not None else percent(share))
    lost = of(samples, name, "flagged", "lost")
    cells.append("–" if not lost else at_most(sum(lost), 0, f"{sum(lost)}") if judged else f"{sum(lost)}")
    findings = sum(of(samples, name, "flagged", "delivered"))
    cpu = sum(of(samples, name, "flagged", "monitor_cpu_ns"))
    return cells + [f"{cpu / findings / 1000:.2f} µs" if findings else "–"]


def notes(samples, names, reasons):
    rounds = 1 + max(sample["round"] for sample in samples)
    spread = max(max(found) - min(found) for w in WORKLOADS if (found := ratios(samples, BARE_AGAIN, [BARE], w.name)))
    if rounds > 1:
        yield f"Medians of {rounds} rounds; a *bare again* ratio ranged over them by {spread:.2f} at most.\n"
    yield from not_quiet(samples, BASELINES)
    yield EXPLAINED + "\n"
    if permitted := of(samples, "purposewatch", "permitted", "permitted"):
        made = sum(of(samples, "purposewatch", "permitted", "accesses"))
        sent = sum(of(samples, "purposewatch", "permitted", "delivered"))
        yield (f"Of {made:,} permitted accesses {percent(sum(permitted) / made)} were counted in the metrics and "
               f"{at_most(sent, 0, f'{sent:,}')} were reported.\n")
        yield account(samples)
    for name, reason in reasons.items():
        yield f"{name} was left out{' of some rounds' if name in names else ''}: {reason}.\n"
