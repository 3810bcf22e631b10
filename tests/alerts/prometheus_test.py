#!/usr/bin/env python3
"""The rules in a real Prometheus, which scrapes a page that says what an agent would: that incidents outlive the agent, and that
an alert's runbook is one click away."""

import http.server
import shutil
import subprocess
import sys
import unittest
import urllib.request

sys.dont_write_bytecode = True

from rule_files import ROOT, RULES, SKIPPED, alerts, rules
from servers import ServerCase, ask

import yaml  # which rule_files has found
from inbox import serve  # where servers looks for its own
from prometheus import free_port
from waiting import wait_until

SERVER = "prometheus"
UP = 'up{job="purposewatch"}'
OPEN = 'purposewatch_open_threats{{store="client-mail",threat="misuse",severity="critical"}} {}\n'


class Agent(http.server.ThreadingHTTPServer):
    """Metrics of an agent: the text of `page`, or none while it is down."""

    def __init__(self, page):
        super().__init__(("127.0.0.1", 0), _Scraped)
        self.page = page
        self.address = f"127.0.0.1:{self.server_address[1]}"


class _Scraped(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.server.page or "").encode()
        self.send_response(200 if self.server.page else 503)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class RealPrometheus(ServerCase):
    def start_prometheus(self, targets, path=""):
        consoles = self.place / "consoles"
        consoles.mkdir()
        subprocess.run([sys.executable, ROOT / "rules" / "runbook_html.py", ROOT / "rules" / "runbook.md",
                        consoles / "purposewatch-runbook.html"], check=True)
        (self.place / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms", "evaluation_interval": "250ms"},
            "rule_files": [f"{RULES}/*.rules.yml"],
            "scrape_configs": [{"job_name": "purposewatch", "static_configs": [{"targets": targets}]}]}))
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}{path}".removesuffix("/")
        self.start([SERVER, f"--config.file={self.place}/prometheus.yml", f"--storage.tsdb.path={self.place}/data",
                    f"--web.listen-address={address}", f"--web.external-url=http://{address}{path}",
                    f"--web.console.templates={consoles}"], self.url, "/-/ready")

    def firing(self, name):
        return [alert for alert in ask(self.url + "/api/v1/alerts")["data"]["alerts"]
                if alert["labels"]["alertname"] == name and alert["state"] == "firing"]

    def value(self, query):
        result = ask(self.url + "/api/v1/query", query=query)["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    def wait_for_more(self, series):
        """Until four more samples of it are there."""
        query = f"count_over_time({series}[1h])"
        enough = self.value(query) + 4
        wait_until(lambda: self.value(query) >= enough, f"more samples of {series}", 60)

    def test_it_takes_every_rule_and_each_evaluates(self):
        self.start_prometheus([])

        def evaluated():
            groups = ask(self.url + "/api/v1/rules")["data"]["groups"]
            return [rule for group in groups for rule in group["rules"] if rule["health"] != "unknown"]
        wait_until(lambda: len(evaluated()) == len(list(rules())), lambda: f"{len(evaluated())} rules were evaluated", 60)
        self.assertEqual([(rule["name"], rule.get("lastError")) for rule in evaluated() if rule["health"] != "ok"], [])

    def test_an_incident_is_told_while_the_agent_is_away_and_until_it_is_reviewed(self):
        agent = serve(self, Agent(OPEN.format(1)))
        self.start_prometheus([agent.address])
        wait_until(lambda: self.firing("PurposewatchMisuse"), "it fires", 60)
        since = self.firing("PurposewatchMisuse")[0]["activeAt"]
        for page, is_up in ((None, 0), (OPEN.format(1), 1)):
            agent.page = page
            wait_until(lambda: self.value(UP) == is_up, f"{UP} is {is_up}", 60)
            self.wait_for_more("purposewatch:open_threats:known")
            self.assertEqual([alert["activeAt"] for alert in self.firing("PurposewatchMisuse")], [since])
        agent.page = OPEN.format(0)
        wait_until(lambda: not self.firing("PurposewatchMisuse"), "it ends with the review", 60)
        agent.page = None
        wait_until(lambda: self.value(UP) == 0, "the agent is down again", 60)
        self.wait_for_more(UP)
        self.assertEqual(self.firing("PurposewatchMisuse"), [])

    def assert_runbook_is_one_click_away(self, path):
        self.start_prometheus([], path)
        wait_until(lambda: self.firing("PurposewatchWatchdog"), "the watchdog fires", 60)
        page, _, anchor = self.firing("PurposewatchWatchdog")[0]["annotations"]["runbook_url"].partition("#")
        self.assertEqual(page, self.url + "/consoles/purposewatch-runbook.html")
        with urllib.request.urlopen(page, timeout=30) as answer:
            self.assertIn("text/html", answer.headers["Content-Type"])
            text = answer.read().decode()
        for alert in alerts():
            self.assertIn(f'id="{alert.name.lower()}"', text)
        self.assertIn(f'id="{anchor}"', text)
        self.assertIn("prefers-color-scheme", text)

    def test_the_runbook_is_one_click_away(self):
        self.assert_runbook_is_one_click_away("")

    def test_the_runbook_is_one_click_away_below_a_path(self):
        self.assert_runbook_is_one_click_away("/monitoring/")


if __name__ == "__main__":
    for tool in (SERVER, "cmark"):
        if not shutil.which(tool):
            print(f"skipped: no {tool} here")
            raise SystemExit(SKIPPED)
    unittest.main(verbosity=2)
