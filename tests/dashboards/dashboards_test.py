#!/usr/bin/env python3
"""The dashboards: what is shipped is what is described, in the shape that Grafana wants, and asks for nothing that is not there."""

import collections
import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from panels import OF_TARGETS, SHIPPED, as_grafana_asks, dashboards, exported, grouped_by, labels_asked_for, panels, queries

sys.path.insert(0, str(SHIPPED))

import generate

UIDS = {"purposewatch-fleet.json": "purposewatch-fleet", "purposewatch-host.json": "purposewatch-host"}
VARIABLES = {"datasource", "job", "instance"}
BUILT_IN = {"__rate_interval", "__range"}
GRAPHS_IN_A_ROW_MAX = 5


class Shipped(unittest.TestCase):
    def test_is_what_the_generator_makes(self):
        self.assertEqual({path.name: path.read_text() for path in SHIPPED.glob("*.json")}, generate.files(),
                         "run rules/dashboards/generate.py")

    def test_is_installed_whole(self):
        listed = (SHIPPED.parents[1] / "debian" / "CMakeLists.txt").read_text()
        for name in dashboards():
            self.assertIn(f"rules/dashboards/{name}", listed)


class Shape(unittest.TestCase):
    def test_every_dashboard_keeps_its_address_and_knows_no_server(self):
        self.assertEqual({name: dashboard["uid"] for name, dashboard in dashboards().items()}, UIDS)
        for _, dashboard in dashboards().items():
            self.assertIsNone(dashboard["id"])
            self.assertEqual((dashboard["refresh"], dashboard["schemaVersion"], dashboard["tags"]), ("30s", 38, ["purposewatch"]))
            self.assertTrue(dashboard["title"] and dashboard["description"])

    def test_the_dashboards_lead_to_each_other(self):
        for name, dashboard in dashboards().items():
            self.assertEqual({link["url"] for link in dashboard["links"]}, {"/d/" + uid for uid in set(UIDS.values()) - {UIDS[name]}})

    def test_data_source_job_and_host_can_be_chosen_and_nothing_else_is_asked_for(self):
        for _, dashboard in dashboards().items():
            choices = {choice["name"]: choice for choice in dashboard["templating"]["list"]}
            self.assertEqual(set(choices), VARIABLES)
            self.assertEqual((choices["datasource"]["type"], choices["datasource"]["query"]), ("datasource", "prometheus"))
            for thing in [*panels(dashboard), *dashboard["annotations"]["list"],
                          *(target for panel in panels(dashboard) for target in panel["targets"])]:
                self.assertEqual(thing["datasource"], {"type": "prometheus", "uid": "${datasource}"})

    def test_every_panel_says_what_it_shows_and_in_which_unit(self):
        for _, dashboard in dashboards().items():
            for panel in panels(dashboard):
                with self.subTest(dashboard=dashboard["uid"], panel=panel["title"]):
                    self.assertTrue(panel["title"].strip() and panel["targets"])
                    self.assertGreater(len(panel["description"]), 20)
                    self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])

    def test_every_panel_has_a_number_and_a_title_of_its_own(self):
        for _, dashboard in dashboards().items():
            for key in ("id", "title"):
                counts = collections.Counter(panel[key] for panel in (dashboard["panels"] if key == "id" else panels(dashboard)))
                self.assertEqual([value for value, count in counts.items() if count > 1], [])

    def test_panels_keep_to_the_grid_and_lie_beside_each_other(self):
        for _, dashboard in dashboards().items():
            places = [(panel["title"], panel["gridPos"]) for panel in dashboard["panels"]]
            for title, place in places:
                self.assertTrue(place["x"] >= 0 and place["w"] > 0 and place["h"] > 0 and place["x"] + place["w"] <= 24, title)
            for (one, a), (other, b) in itertools.combinations(places, 2):
                self.assertFalse(a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and
                                 a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"], f"{one} lies on {other}")

    def test_no_row_holds_more_graphs_than_a_person_can_read(self):
        for _, dashboard in dashboards().items():
            row, graphs = None, collections.Counter()
            for panel in dashboard["panels"]:
                row = panel["title"] if panel["type"] == "row" else row
                graphs[row] += panel["type"] in ("timeseries", "bargauge", "state-timeline")
            self.assertLessEqual(max(graphs.values()), GRAPHS_IN_A_ROW_MAX, graphs)


class Queries(unittest.TestCase):
    def test_ask_only_for_metrics_that_there_are(self):
        known = exported()
        for query in queries():
            with self.subTest(str(query)):
                self.assertTrue(query.metrics())
                self.assertEqual(query.metrics() - set(known), set())

    def test_ask_only_for_labels_that_the_metric_has(self):
        known = exported()
        for query in queries():
            with self.subTest(str(query)):
                has = set().union(*(known[metric] for metric in query.metrics()))
                self.assertEqual(labels_asked_for(query.expression) - has, set())

    def test_are_about_the_chosen_jobs_and_hosts(self):
        for query in queries():
            with self.subTest(str(query)):
                selectors = re.findall(r"\b\w+\{([^}]*)\}", query.expression)
                self.assertTrue(selectors)
                for selector in selectors:
                    self.assertTrue(selector.startswith('job=~"$job", instance=~"$instance"'), selector)
                used = set(re.findall(r"\$\{?(\w+)", query.expression))
                self.assertEqual(used - BUILT_IN, OF_TARGETS)

    def test_what_is_written_beside_a_line_is_left_by_its_query(self):
        for dashboard in dashboards().values():
            for panel in panels(dashboard):
                heads = set(panel["transformations"][1]["options"]["renameByName"]) if panel["type"] == "table" else None
                for target in panel["targets"]:
                    with self.subTest(dashboard=dashboard["uid"], panel=panel["title"]):
                        left = grouped_by(target["expr"])
                        if heads:
                            self.assertEqual({head for head in heads if not head.startswith("Value")}, left)
                        else:
                            self.assertEqual(set(re.findall(r"{{(\w+)}}", target["legendFormat"])), left - {"le"})

    def test_counters_are_asked_for_their_pace_and_gauges_are_not(self):
        for query in queries():
            for metric in query.metrics():
                is_paced = re.search(rf"\b(rate|increase)\({metric}\{{", query.expression) is not None
                if is_paced:
                    self.assertRegex(metric, "(_total|_bucket)$", str(query))

    def test_are_such_as_prometheus_can_read(self):
        promtool = shutil.which("promtool")
        if not promtool:
            self.skipTest("promtool is not installed")
        lines = ["groups:", "- name: queries", "  rules:"]
        for i, query in enumerate(queries()):
            asked = as_grafana_asks(query.expression, 15, 3600, job=["purposewatch"], instance=["a:1", "b.example:2"])
            lines += [f"  - record: query:number{i}", f"    expr: '{asked}'"]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as rules:
            rules.write("\n".join(lines) + "\n")
            rules.flush()
            done = subprocess.run([promtool, "check", "rules", rules.name], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Substitution(unittest.TestCase):
    def test_is_grafana_s(self):
        self.assertEqual(as_grafana_asks('rate(a{i=~"$instance"}[$__rate_interval]) + b{j=~"$job"}', 15, 60, instance=["h.x:1"], job=["a", "b"]),
                         'rate(a{i=~"h\\\\.x:1"}[60s]) + b{j=~"(a|b)"}')


if __name__ == "__main__":
    unittest.main()
