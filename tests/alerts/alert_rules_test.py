#!/usr/bin/env python3
"""What holds for every alert: its labels and its words, that its metrics exist, and that promtool's tests try it both ways."""

import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from man_page import wrong_commands
from rule_files import ROOT, RULES, SKIPPED, alerts, promtool_tests, rules

# Promised by the design, but not among the program's metrics yet. Whoever adds one deletes it here.
PROMETHEUS_S_OWN = {"up"}
ALWAYS = {"PurposewatchWatchdog"}  # cannot but fire
WORDS = {"and", "or", "unless", "offset", "bool"}


def program_s_metrics():
    text = (ROOT / "exporters" / "prometheus" / "metrics.cc").read_text()
    return set(re.findall(r'Metric\{\s*"(\w+)"', text))


def metrics_in(expression):
    for what in (r'"[^"]*"', r"\{[^}]*\}", r"\[[^\]]*\]", r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", r"\boffset \w+"):
        expression = re.sub(what, " ", expression)
    return set(re.findall(r"(?<![\w.:])[a-zA-Z_:][\w:]*(?!\w*\s*\()(?![\w:])", expression)) - WORDS


class EveryAlert(unittest.TestCase):
    def for_each(self, holds):
        self.assertGreater(len(alerts()), 20)
        for alert in alerts():
            with self.subTest(alert.name):
                holds(alert)

    def test_says_how_bad_it_is_and_which_promise_it_is_about(self):
        def holds(alert):
            labels = alert.text["labels"]
            self.assertLessEqual(labels.keys(), {"severity", "clause", "about"})
            self.assertRegex(labels["severity"], r"^(critical|warning|notice|none|\{\{.*\}\})$")
            self.assertRegex(labels["clause"], r"^(P[1-8]|\{\{.*\}\})$")
            self.assertIn(labels.get("about", "agent"), {"agent"})
        self.for_each(holds)

    def test_says_what_happened_where_and_what_to_do(self):
        of_no_host = {"PurposewatchWatchdog", "PurposewatchManyHosts"}

        def holds(alert):
            annotations = alert.text["annotations"]
            self.assertEqual(annotations.keys(), {"summary", "description", "runbook_url"})
            self.assertRegex(annotations["summary"], r"^[A-Z][^{}.]{10,70}$")
            self.assertLess(len(annotations["description"]), 700)
            if alert.name not in of_no_host and "absent(" not in alert.text["expr"]:
                self.assertIn("{{ $labels.instance }}", annotations["description"])
        self.for_each(holds)

    def test_leads_to_its_section_of_the_runbook(self):
        self.for_each(lambda alert: self.assertEqual(
            alert.text["annotations"]["runbook_url"], "{{ $externalURL }}/consoles/purposewatch-runbook.html#" + alert.name.lower()))

    def test_names_commands_that_exist(self):
        self.for_each(lambda alert: self.assertEqual(list(wrong_commands(alert.text["annotations"]["description"])), []))

    def test_asks_for_metrics_that_exist(self):
        recorded = {rule.name for rule in rules() if not rule.is_alert}
        known = program_s_metrics() | PROMETHEUS_S_OWN | recorded
        self.assertGreater(len(program_s_metrics()), 30)
        for rule in rules():
            with self.subTest(rule.name):
                self.assertEqual(metrics_in(rule.text["expr"]) - known, set())

    def test_never_asks_for_a_person_or_a_client(self):
        for rule in rules():
            with self.subTest(rule.name):
                labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"|\b(?:by|on)\s*\(([^)]*)\)", rule.text["expr"])
                named = {label.strip() for pair in labels for part in pair for label in part.split(",")} - {""}
                self.assertLessEqual(named, {"job", "instance", "store", "threat", "result", "what", "name", "digest", "version", "revision"})

    def test_is_tried_by_promtool_both_ways(self):
        fires, does_not = set(), set()
        for content in promtool_tests().values():
            for group in content["tests"]:
                for test in group.get("alert_rule_test", ()):
                    (fires if test.get("exp_alerts") else does_not).add(test["alertname"])
        ours = {alert.name for alert in alerts()}
        self.assertEqual(ours - fires, set(), "never seen to fire")
        self.assertEqual(ours - does_not, ALWAYS, "never seen not to fire")

    def test_a_promtool_test_asks_for_alerts_of_the_files_that_it_reads(self):
        """One that is misspelt never fires."""
        for file, content in promtool_tests().items():
            read = [(file.parent / name).resolve() for name in content["rule_files"]]
            known = {alert.name for alert in alerts() if alert.file in read}
            asked = set(re.findall(r"\bPurposewatch\w+", " ".join(
                str((test.get("alertname"), test.get("expr"))) for group in content["tests"]
                for test in [*group.get("alert_rule_test", ()), *group.get("promql_expr_test", ())])))
            with self.subTest(file.name):
                self.assertEqual(asked - known, set())


class AsPromtoolReadsThem(unittest.TestCase):
    def test_they_are_valid(self):
        for file in sorted(RULES.glob("*.yml")):
            with self.subTest(file.name):
                done = subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", file], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_do_as_they_should(self):
        for file in promtool_tests():
            with self.subTest(file.name):
                done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    if not shutil.which("promtool"):
        print("skipped: no promtool here")
        raise SystemExit(SKIPPED)
    unittest.main(verbosity=2)
