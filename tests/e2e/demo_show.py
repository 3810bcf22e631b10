"""The demo of the main job, once the agent is built: tests/e2e/demo calls it."""

import argparse
import json
import os
import pathlib
import signal
import sys
import textwrap
import time

sys.dont_write_bytecode = True

from agent import Agent, Place
from demo_acts import FLAGGED, PERMITTED, play, set_the_stage
from demo_report import Page, row_of
from waiting import TooLate, wait_until

FINDING_WITHIN_S = 1
POLICY = pathlib.Path(__file__).with_name("demo_policy.yaml")


def permitted_counts(agent):
    return {tuple(sorted(labels.items())): value
            for name, labels, value in agent.metrics() if name == "purposewatch_accesses_total"}


def rise_between(before, after):
    return [(dict(series), value - before.get(series, 0)) for series, value in after.items() if value > before.get(series, 0)]


class Show:
    def __init__(self, agent):
        self.agent = agent
        self.findings = []  # (finding, when it was there)

    def look(self):
        self.findings += [(finding, time.time_ns()) for finding in self.agent.new_findings()]

    def of_process(self, pid):
        self.look()
        return [entry for entry in self.findings if entry[0]["process"]["pid"] == pid]

    def perform(self, act):
        """Plays it, and waits for what should be told; what comes later or never shows as not expected."""
        before = permitted_counts(self.agent)
        done = play(act)

        def rise():
            return rise_between(before, permitted_counts(self.agent))
        wanted = {FLAGGED: lambda: self.of_process(done.pid), PERMITTED: rise}.get(act.expected, lambda: True)
        try:
            wait_until(wanted, act.does, FINDING_WITHIN_S)
        except TooLate:
            pass
        return done, rise()

    def rows(self, acts):
        """The last act is flagged: when its finding is there, so is every one before it."""
        performed = [self.perform(act) for act in acts]
        return [row_of(done, rise, self.of_process(done.pid)) for done, rise in performed]


def print_backend(page, agent):
    status = json.loads(agent.command("status", "-o", "json", "--state-dir", agent.state).stdout)
    doctor = json.loads(agent.command("doctor", "-o", "json").stdout)
    used = next(backend for backend in doctor["backends"] if backend["backend"] == status["backend"])
    page.print(f"Kernel {doctor['kernel']['release']}, watched by the {page.paint(status['backend'], '1')} backend")
    for word in ("sees", "misses"):
        page.print(textwrap.fill(used[word], 108, initial_indent=f"  {word:<8}", subsequent_indent=" " * 10))
    missing = [backend["backend"] for backend in doctor["backends"] if not backend["works"]]
    if missing:
        page.print(f"  not here: {' and '.join(missing)}; purposewatch doctor says why")
    page.print()


def print_metrics(page, agent):
    page.print(f"\nFrom {page.paint(agent.url + '/metrics', '4')}")
    wanted = ("accesses_total", "flagged_total", "events_seen_total", "events_delivered_total", "events_lost_total", "hook_up")
    for text in agent.get("/metrics")[1].splitlines():
        name, _, value = text.rpartition(" ")
        counts = name.split("{")[0].removeprefix("purposewatch_") in wanted
        if counts and (value != "0" or "events_lost" in name):
            page.print(f"  {text}")


def print_what_to_try(page, agent, place):
    program = agent.program
    page.print(f"""
The agent goes on running. Try, in another terminal:
  {program} events --state-dir {agent.state}
  {program} status --state-dir {agent.state}
  cat {place.path}/vmail/example.org/alice/cur/1
  {program} explain --policy {agent.policy_file} --exe /bin/cat --user root {place.path}/vmail/example.org/alice/cur/1
  edit {agent.policy_file}, then kill -HUP {agent.process.pid}
To end it, and leave nothing behind:
  kill {agent.process.pid} && timeout 30 tail --pid={agent.process.pid} -f /dev/null; rm -r {place.path}""")


def show(options, place, page):
    """True when everything was as expected."""
    acts = set_the_stage(place)
    agent = Agent(options.agent, place.path, POLICY.read_text().replace("@PLACE@", str(place.path)))
    finished = False
    try:
        page.print("Starting the agent ...")
        agent.start(outlives_us=options.keep)
        print_backend(page, agent)
        rows = Show(agent).rows(acts)
        page.table(rows)
        print_metrics(page, agent)
        wrong = sum(not row.as_expected for row in rows)
        late = sum(row.latency_ms is not None and row.latency_ms > 1000 * FINDING_WITHIN_S for row in rows)
        summary = f"All {len(rows)} as expected" if not wrong else f"{wrong} of {len(rows)} not as expected"
        page.print("\n" + page.paint(summary + (f"; {late} told late" if late else ""), "1;31" if wrong or late else "1;32"))
        if options.keep:
            print_what_to_try(page, agent, place)
        finished = True
        return not wrong and not late
    finally:
        if not (finished and options.keep):
            agent.stop()


def main():
    parser = argparse.ArgumentParser(prog="tests/e2e/demo")
    parser.add_argument("--agent", required=True)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    page = Page(sys.stdout, sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    place = Place("demo")
    kept = False
    try:
        good = show(options, place, page)
        kept = options.keep
        return 0 if good else 1
    except KeyboardInterrupt:
        return 130
    except (RuntimeError, TooLate, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 3
    finally:
        if not kept:
            place.remove()


if __name__ == "__main__":
    sys.exit(main())
