"""The whole way of a page: agent, Prometheus with the rules that are shipped, Alertmanager with the example that is shipped,
a receiver. Each of them is killed in turn."""

import json
import shutil
import signal

from alertmanager import PROGRAM as ALERTMANAGER
from alertmanager import ROOT, Alertmanager, Pager, shipped_config
from e2e_case import SKIPPED, AgentCase, main
from prometheus import Prometheus
from waiting import wait_until

RULES = """\
rule_files: ["{root}/rules/alerts/*.rules.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
"""
MISUSE = {"alertname": "PurposewatchMisuse", "store": "client-mail", "severity": "critical"}
INCIDENT = {"alertname": "PurposewatchIncident", "store": "client-mail", "severity": "critical"}


class Pages(AgentCase):
    def start_all(self, fast=False):
        self.pager = Pager(self)
        self.alertmanager = Alertmanager(self, shipped_config(self.pager.url)).start()
        # What Prometheus calls the agent is known before it is: the port is chosen here.
        flags = ["--alertmanager.url", self.alertmanager.url, "--alertmanager.label", "instance=this-host"] if fast else []
        self.start_agent(flags=flags)
        more = ', relabel_configs: [{target_label: instance, replacement: this-host}]'
        self.prometheus = Prometheus(self, more, sections=RULES.format(root=ROOT, alertmanager=self.alertmanager.address))
        wait_until(lambda: self.prometheus.value('count(purposewatch_open_threats)'), "a scrape", 60)

    def read_as_a_stranger(self):
        self.act(self.stranger, "read", str(self.mail))

    def review_all(self):
        def ask(*words):
            return self.agent.command("review", "--state-dir", self.agent.state, *words)
        for incident in json.loads(ask("-o", "json").stdout)["incidents"]:
            done = ask(incident["incident"], "--disposition", "mistake", "--reference", "T-1")
            self.assertEqual(done.returncode, 0, done.stderr)

    def known(self):
        """What Prometheus has told Alertmanager of it."""
        return [alert for alert in self.alertmanager.alerts() or [] if MISUSE.items() <= alert["labels"].items()]

    def assert_told_once(self, **labels):
        self.assertEqual(len(self.pager.of("firing", "on-call", **labels)), 1, self.pager.brief())

    def test_by_rules_a_read_is_a_page_that_ends_with_the_review(self):
        self.start_all()
        self.read_as_a_stranger()
        page = self.pager.wait_for("firing", receiver="on-call", **MISUSE)
        self.assertEqual(page["labels"]["instance"], "this-host")
        self.assertTrue(page["annotations"]["runbook_url"].endswith("/consoles/purposewatch-runbook.html#purposewatchmisuse"))
        self.review_all()
        wait_until(lambda: self.prometheus.value('ALERTS{alertname="PurposewatchMisuse"}') == [], "no such alert", 60)
        wait_until(lambda: self.alertmanager.alerts() is not None and not self.known(), "Alertmanager to have heard of the end", 60)
        self.assert_told_once(**MISUSE)

    def test_what_the_agent_has_told_itself_is_not_told_again(self):
        self.start_all(fast=True)
        self.read_as_a_stranger()
        self.pager.wait_for("firing", receiver="on-call", **INCIDENT)
        wait_until(lambda: self.known() and self.known()[0]["status"]["inhibitedBy"],
                   lambda: f"an alert that is held back: {self.known()}", 60)
        self.assert_told_once(**INCIDENT)
        self.assertEqual(self.pager.of("firing", **MISUSE), [])

    def kill_agent(self):
        self.agent.process.send_signal(signal.SIGKILL)
        self.agent.process.wait()

    def test_none_of_them_loses_the_page_when_it_is_killed(self):
        self.start_all()
        self.agent.flags += ["--web.listen-address", self.agent.url.partition("://")[2]]  # where it is scraped
        self.prometheus.kill()
        self.read_as_a_stranger()
        wait_until(lambda: self.agent.total("open_incidents", severity="critical") == 1, "an incident")
        self.kill_agent()
        self.alertmanager.kill()
        for part in (self.agent, self.prometheus, self.alertmanager):
            part.start()
        self.pager.wait_for("firing", receiver="on-call", **MISUSE)
        self.kill_agent()
        self.prometheus.kill()
        for part in (self.agent, self.prometheus):
            part.start()
        wait_until(lambda: self.prometheus.value('ALERTS{alertname="PurposewatchMisuse", alertstate="firing"}') == 1, "the alert again", 60)
        self.assert_told_once(**MISUSE)
        # One that is killed has not written down whom it told: it may tell them again, and must not forget to.
        self.alertmanager.kill()
        self.alertmanager.start()
        wait_until(self.known, "Alertmanager to be told again", 120)


if __name__ == "__main__":
    for program in ("prometheus", ALERTMANAGER):
        if not program or not shutil.which(program):
            print("skipped: no Prometheus or no Alertmanager here")
            raise SystemExit(SKIPPED)
    main()
