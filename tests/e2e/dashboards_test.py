"""What the dashboards ask, asked of a real Prometheus that scrapes a real agent: all of it can be read, and is answered."""

import math
import pathlib
import re
import shutil
import sys
import time

from e2e_case import SKIPPED, AgentCase, main
from prometheus import Prometheus
from waiting import wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "dashboards"))

from panels import as_grafana_asks, dashboards, queries

SCRAPE_INTERVAL_S, SHOWN_S = 1, 60
LABEL_VALUES = re.compile(r"label_values\((?P<series>.*), (?P<label>\w+)\)")
POLICY = """\
policy: {{name: e2e, version: "1"}}
classes: {{communications: {{clause: P2, description: mail}}}}
purposes:
  requested-service: {{clause: P4, classes: [communications]}}
  legal-process: {{clause: P7, classes: [communications], requires: grant, max-duration: 1h}}
stores: {{client-mail: {{class: communications, paths: ["{place}/vmail/{{domain}}/{{client}}"]}}}}
services: {{imap: {{exe: "{place}/lib/imap"}}}}
permits: [{{service: imap, store: client-mail, access: [read], purpose: requested-service}}]
safeguards: {{sensor-alive: {{}}, backup-fresh: {{files: "{place}/none.done"}}}}
"""


class Answers(AgentCase):
    def setUp(self):
        super().setUp()
        # Nobody listens there: what is not delivered is counted, too.
        self.start_agent(POLICY.format(place=self.place.path), ["--alertmanager.url", "http://127.0.0.1:1"])
        done = self.agent.command("grant", "--state-dir", self.agent.state, "--who=nobody", "--store=client-mail", "--access=read",
                                  "--purpose=legal-process", "--ref=WARRANT-7", "--approved-by=carol", "--for=30m")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.prometheus = Prometheus(self, interval=f"{SCRAPE_INTERVAL_S}s")
        self.prometheus.wait_for_target("up", "")
        self.host = self.agent.url.partition("://")[2]

    def live_a_little(self):
        """Something for every graph: a read with a purpose and one without, and a reload."""
        self.act(self.imap, "read", str(self.mail))
        self.act(self.stranger, "read", str(self.mail))
        self.agent.hang_up()

    def answer(self, query, **chosen):
        expression = as_grafana_asks(query.expression, SCRAPE_INTERVAL_S, SHOWN_S, **chosen)
        if query.is_instant:
            return self.prometheus.series(expression)
        now = time.time()
        return self.prometheus.series(expression, now - SHOWN_S, now, SCRAPE_INTERVAL_S)

    def has_data(self, query, **chosen):
        return any(math.isfinite(value) for _, value in self.answer(query, **chosen))

    def test_every_panel_has_something_to_show(self):
        for chosen in ({"job": ["purposewatch"], "instance": [self.host]},
                       {"job": ["node", "purposewatch"], "instance": ["other.example:9807", self.host]}):
            waiting = list(queries())
            self.assertGreater(len(waiting), 60)

            def look():
                self.live_a_little()
                waiting[:] = [query for query in waiting if not self.has_data(query, **chosen)]
                return not waiting
            wait_until(look, lambda: "answers to\n" + "\n".join(map(str, waiting)), 120)

    def test_other_hosts_are_left_out(self):
        wait_until(lambda: self.prometheus.value("count(purposewatch_build_info)") == 1, "a scrape", 60)
        for query in queries():
            self.assertEqual(self.answer(query, job=["purposewatch"], instance=["other.example:9807"]), [], str(query))

    def test_jobs_and_hosts_are_there_to_choose(self):
        wait_until(lambda: self.prometheus.value("count(purposewatch_build_info)") == 1, "a scrape", 60)
        for dashboard in dashboards().values():
            for choice in dashboard["templating"]["list"]:
                if choice["type"] == "query":
                    wanted = LABEL_VALUES.fullmatch(choice["query"]["query"])
                    series = as_grafana_asks(wanted["series"], SCRAPE_INTERVAL_S, SHOWN_S, job=["purposewatch"])
                    self.assertEqual(self.prometheus.ask(f"label/{wanted['label']}/values", **{"match[]": series}),
                                     [{"job": "purposewatch", "instance": self.host}[choice["name"]]])


if __name__ == "__main__":
    if not shutil.which("prometheus"):
        print("skipped: no prometheus here")
        raise SystemExit(SKIPPED)
    main()
