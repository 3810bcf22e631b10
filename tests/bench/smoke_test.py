#!/usr/bin/env python3
"""A few seconds of the benchmark that need no root: does the load do what it says, and do the tables tell the truth?
Runs the programs that BENCH_LOAD and, when it is there, BENCH_AGENT name."""
import json
import os
import subprocess
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True

from policies import policy
from sections import peak, speed, verify, vm, ways_out
from table import percent, ratio
from workloads import WAYS_OUT, WORKLOADS

LOAD, AGENT = os.environ["BENCH_LOAD"], os.environ.get("BENCH_AGENT")
FILES = 60
PLACE = types.SimpleNamespace(tree="/srv/bench", reader="/srv/reader")


class TheLoad(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        subprocess.run([LOAD, "setup", cls.directory.name, str(FILES)], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def run_load(self, *arguments):
        return subprocess.run([LOAD, self.directory.name, *arguments], capture_output=True, text=True)

    def test_does_every_workload_and_tells_how_many_operations_it_made(self):
        for workload in WORKLOADS + WAYS_OUT:
            done = self.run_load(workload.operation, f"tree={workload.tree}", "blocks=3", "block=70")
            result = json.loads(done.stdout)
            self.assertEqual((result["operations"], result["warm_operations"]), (210, FILES), workload.name)
            self.assertGreater(result["median_ns"], 0, workload.name)

    def test_keeps_to_the_rate_it_was_given(self):
        result = json.loads(self.run_load("open", "rate=5000", "blocks=2", "block=500").stdout)
        self.assertGreaterEqual(result["wall_s"], 0.199)

    def test_refuses_what_it_does_not_know(self):
        for wrong in (["fly"], ["open", "tree=none"], ["open", "rate=-1"], ["open", "seconds"]):
            self.assertEqual(self.run_load(*wrong).returncode, 2, wrong)

    def test_fails_when_a_file_is_missing(self):
        self.assertEqual(subprocess.run([LOAD, "/nonexistent", "open"], stderr=subprocess.DEVNULL).returncode, 1)


def samples_of(monitor, round_, ns, workloads=WORKLOADS, **more):
    common = {"monitor": monitor, "round": round_, "median_ns": ns, "accesses": 1000, "monitor_cpu_ns": 2000000,
              "wall_s": 1, "cpu_s": 1, **more}
    return [{**common, "workload": workload.name} for workload in workloads]


def row(report, name):
    return next(line for line in report.splitlines() if name in line)


class TheTables(unittest.TestCase):
    def speed_report(self, ours_ns, **ours):
        samples = samples_of("bare", 0, 100) + samples_of("bare again", 0, 100)
        samples += samples_of("purposewatch", 0, ours_ns, backend="lsm", **ours)
        return row(speed.report(samples, ["bare", "purposewatch", "bare again"], {}), "purposewatch")

    def test_a_target_that_is_met_has_no_mark(self):
        self.assertNotIn("✗", self.speed_report(105, delivered=1000, lost=0))

    def test_a_target_that_is_missed_is_marked(self):
        self.assertEqual(self.speed_report(151, delivered=1000, lost=0).count("1.51 ✗"), len(WORKLOADS))

    def test_a_finding_that_is_missing_or_comes_twice_is_marked(self):
        self.assertIn("99.90 % ✗", self.speed_report(100, delivered=999, lost=0))
        self.assertIn("100.10 % ✗", self.speed_report(100, delivered=1001, lost=0))

    def test_verifying_that_takes_longer_than_hashing_is_marked(self):
        def cell(cpu_s):
            samples = [{"monitor": verify.HASHED, "wall_s": 1, "cpu_s": 2}, {"monitor": verify.VERIFIED, "wall_s": 1, "cpu_s": cpu_s}]
            return row(verify.report(samples, 1024), verify.VERIFIED)
        self.assertIn("0.50", cell(1))
        self.assertNotIn("✗", cell(1))
        self.assertIn("1.50 ✗", cell(3))

    def test_an_access_that_the_agent_lost_is_marked(self):
        self.assertIn("1 ✗", self.speed_report(100, delivered=1000, lost=1))

    def test_a_machine_that_was_not_quiet_is_told_about(self):
        for cpu_s, told in ((0.99, False), (0.8, True)):
            samples = samples_of("bare", 0, 100, cpu_s=cpu_s) + samples_of("bare again", 0, 100, cpu_s=cpu_s)
            self.assertEqual("not quiet" in speed.report(samples, ["bare", "bare again"], {}), told)

    def ways_out_report(self, ours_ns, **ours):
        samples = [sample for name, ns in (("bare", 100), ("purposewatch", ours_ns), ("bare again", 100))
                   for sample in samples_of(name, 0, ns, WAYS_OUT, **(ours if name == "purposewatch" else {}))]
        return ways_out.report(samples, {})

    def test_a_way_out_that_takes_too_long_is_marked(self):
        for ns, missed in ((100, 0), (200, len(WAYS_OUT))):
            self.assertEqual(self.ways_out_report(ns, told=1000, lost=0).count("✗"), missed)

    def test_a_connection_of_who_carries_data_is_told_or_counted_as_lost(self):
        self.assertIn("**999 ✗**", row(self.ways_out_report(100, told=999, lost=0), ways_out.ALWAYS_TOLD))
        lost_one = row(self.ways_out_report(100, told=999, lost=1), ways_out.ALWAYS_TOLD)
        self.assertEqual((lost_one.count("✗"), lost_one.count("**1 ✗**")), (1, 1))

    def test_an_agent_that_did_not_start_is_told_about(self):
        samples = samples_of("bare", 0, 100, WAYS_OUT) + samples_of("bare again", 0, 100, WAYS_OUT)
        self.assertIn("gone", ways_out.report(samples, {"purposewatch": "gone"}))

    def test_every_round_is_compared_with_its_own_baseline(self):
        samples = []
        for round_, bare in enumerate((100, 1000, 500)):
            samples += samples_of("bare", round_, bare) + samples_of("bare again", round_, bare)
            samples += samples_of("purposewatch", round_, 1.1 * bare, backend="lsm", delivered=1000, lost=0)
        report = speed.report(samples, ["bare", "purposewatch", "bare again"], {})
        self.assertEqual(row(report, "purposewatch").count("1.10"), len(WORKLOADS))

    def test_a_monitor_that_is_left_out_is_named_with_the_reason(self):
        samples = samples_of("bare", 0, 100) + samples_of("bare again", 0, 100)
        self.assertIn("fatrace was left out: gone", speed.report(samples, ["bare", "bare again"], {"fatrace": "gone"}))

    def test_figures_are_judged_as_they_are_printed(self):
        self.assertEqual(ratio(1.1549, 1.15), "1.15")
        self.assertEqual(ratio(1.156, 1.15), "**1.16 ✗**")

    def test_only_everything_is_a_hundred_percent(self):
        self.assertEqual(percent(0.99999), "99.99 %")
        self.assertEqual(percent(1), "100 %")

    def test_instructions_added_to_an_unrelated_call_are_marked_in_the_vm(self):
        samples = []
        for monitor, cost in (("bare", 100), ("bare_again", 100), ("lsm", 120)):
            samples += [{"monitor": monitor, "workload": w.name, "p10_ns": cost, "operations": 10, "warm_operations": 2}
                        for w in WORKLOADS]
        samples.append({"monitor": "lsm", "delivered": 12, "lost": 0})
        report = vm.report(samples, ["lsm"])
        self.assertEqual(row(report, "lsm").count("✗"), len(vm.UNRELATED))
        self.assertNotIn("✗", row(report, "bare again"))

    def test_the_read_before_a_way_out_counts_among_the_flagged_in_the_vm(self):
        samples = [{"monitor": monitor, "workload": vm.word(w), "p10_ns": cost, "operations": 10, "warm_operations": 2}
                   for monitor, cost in (("bare", 100), ("bare_again", 100), ("lsm", 120)) for w in WORKLOADS + WAYS_OUT]
        samples.append({"monitor": "lsm", "delivered": 13, "lost": 0})
        self.assertIn("100 %", row(vm.report(samples, ["lsm"]), "lsm"))
        self.assertEqual(vm.ways_out_report(samples, ["lsm"]).count("+20 (×1.20)"), len(WAYS_OUT))


class TheClimb(unittest.TestCase):
    def highest(self, limit):
        tried = []

        def carries(rate):
            tried.append(rate)
            return rate <= limit

        peak.climb(carries, lambda: tried[-1] > 1000000, types.SimpleNamespace(quick=False))
        return max(rate for rate in tried if rate <= limit)

    def test_finds_the_limit_within_a_tenth(self):
        for limit in (25000, 100000, 333333):
            self.assertGreater(self.highest(limit), 0.9 * limit, limit)


class ThePolicies(unittest.TestCase):
    def test_have_as_many_patterns_as_asked_for(self):
        for count in (1, 100, 10000):
            paths = [line for line in policy(PLACE, count).splitlines() if line.startswith("      - ")]
            self.assertEqual((len(paths), len(set(paths))), (count, count))

    @unittest.skipUnless(AGENT, "no agent in this build")
    def test_are_accepted_by_the_agent(self):
        for count in (1, 1000):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(policy(PLACE, count))
                file.flush()
                done = subprocess.run([AGENT, "check", file.name], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
