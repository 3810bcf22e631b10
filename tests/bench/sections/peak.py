"""How many findings a second come out whole, and what one costs the agent."""
from samples import measure, progress
from table import percent, table
from workloads import BY_NAME

FIRST_RATE = 20000
STEP = 1.5
REFINEMENTS = 3


def run(bench):
    if reason := bench.agent().missing():
        return f"left out: {reason}.\n"
    samples = []

    def carries(rate):
        """One step: a fresh agent, so that no backlog of the step before is in the way."""
        agent = bench.agent()
        with agent.running(bench.scratch, bench.monitor_cpu):
            agent.drain(made_findings=False)
            sample = measure(bench, agent, BY_NAME["flagged"], rate, seconds=bench.peak_seconds)
        sample.update(rate=sample["operations"] / sample["wall_s"], asked=rate)
        sample["whole"] = sample["delivered"] == sample["accesses"] and sample["lost"] == 0
        samples.append(sample)
        progress(f"  {sample['rate']:,.0f}/s: {'all delivered' if sample['whole'] else 'incomplete'}")
        return sample["whole"]

    climb(carries, lambda: samples[-1]["rate"] < 0.95 * samples[-1]["asked"], bench)
    bench.record("peak", samples)
    return report(samples)


def climb(carries, load_is_at_its_limit, bench):
    """Up by STEP until something is lost or the load can do no more, then between the last two."""
    rate, good = FIRST_RATE, 0
    while carries(rate):
        good = rate
        if load_is_at_its_limit():
            return
        rate *= STEP if not bench.quick else STEP * STEP
    bad = rate
    for _ in range(0 if bench.quick else REFINEMENTS):
        middle = (good + bad) / 2
        if carries(middle):
            good = middle
        else:
            bad = middle


def report(samples):
    rows = [[f"{s['rate']:,.0f}", percent(s["delivered"] / s["accesses"]), f"{s['lost']:,}",
             f"{s['monitor_cpu_ns'] / max(s['delivered'], 1) / 1000:.2f} µs"]
            for s in sorted(samples, key=lambda sample: sample["rate"])]
    whole = [s["rate"] for s in samples if s["whole"]]
    limited = max(samples, key=lambda sample: sample["rate"])["whole"]
    best = f"{max(whole):,.0f} findings a second" if whole else "none of these rates"
    text = f"\nWithout loss: **{best}**" + (", which is all that the load can do.\n" if limited else ".\n")
    return table(["flagged accesses per second", "delivered", "lost", "agent's CPU per finding"], rows) + text
