"""The agent tells Alertmanagers of incidents itself: once, with what a person needs and no more, whatever is killed."""

import json
import signal

from agent import Agent
from alertmanager import PROGRAM as ALERTMANAGER
from alertmanager import RECEIVER, Alertmanager, Pager
from credentials import HASH_OF_PASSWORD, PASSWORD, make_certificate
from e2e_case import PROGRAM, SKIPPED, AgentCase, main
from waiting import wait_until

INCIDENT = {"alertname": "PurposewatchIncident"}
NAMES = ("alice", "vmail", "tmp/imap")  # client, path, program


class FastPath(AgentCase):
    def setUp(self):
        super().setUp()
        self.pager = Pager(self)
        self.alertmanager = Alertmanager(self, RECEIVER.format(url=self.pager.url))

    def start_paging_agent(self, *flags, policy=None, url=None):
        self.start_agent(policy, ["--alertmanager.url", url or self.alertmanager.url, *flags])

    def read_as_a_stranger(self, times=1):
        self.act(self.stranger, *["read", str(self.mail)] * times)

    def incident(self):
        [one] = json.loads(self.agent.command("review", "--state-dir", self.agent.state, "-o", "json").stdout)["incidents"]
        return one

    def review(self, incident):
        done = self.agent.command("review", "--state-dir", self.agent.state, incident["incident"], "--disposition", "mistake",
                                  "--reference", "T-1")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_pages_for_a_flagged_read_and_ends_it_with_the_review(self):
        self.alertmanager.start()
        self.start_paging_agent()
        self.read_as_a_stranger()
        page = self.pager.wait_for("firing", **INCIDENT)
        incident = self.incident()
        self.assertEqual({name: page["labels"][name] for name in ("severity", "store", "reason", "clause", "incident")},
                         {"severity": "critical", "store": "client-mail", "reason": "unknown-service", "clause": incident["clause"],
                          "incident": incident["incident"]})
        self.assertRegex(page["labels"]["instance"], r"^\S+:\d+$")
        self.assertIn("purposewatch events --incident " + incident["incident"], page["annotations"]["description"])
        rest = self.agent.command("events", "--state-dir", self.agent.state, "-o", "json", "--incident", incident["incident"])
        findings = [json.loads(line) for line in rest.stdout.splitlines()]
        self.assertIn(("alice", str(self.mail)), [(one["purposewatch"].get("client"), one.get("file", {}).get("path")) for one in findings])
        self.review(incident)
        self.pager.wait_for("resolved", **INCIDENT)
        self.assertEqual(len(self.pager.of("firing")), 1, self.pager.brief())

    def test_tells_no_names_unless_the_policy_says_so(self):
        self.alertmanager.start()
        self.start_paging_agent()
        self.read_as_a_stranger()
        page = self.pager.wait_for("firing", **INCIDENT)
        self.assertRegex(page["annotations"]["client"], r"^client-[0-9a-f]{12}$")
        for name in NAMES:
            self.assertNotIn(name, json.dumps(page))
        self.agent.write_policy(self.policy().replace('version: "1"', 'version: "2", privacy: {alerts: [client, executable]}'))
        self.agent.hang_up()
        def annotations():
            return (self.alertmanager.alerts() or [{"annotations": {}}])[0]["annotations"]
        wait_until(lambda: annotations().get("client") == "alice", lambda: f"an alert that names alice: {annotations()}", 30)
        self.assertTrue(annotations()["executable"].endswith("/tmp/imap"))

    def test_pages_once_for_ten_thousand_reads(self):
        self.alertmanager.start()
        self.start_paging_agent()
        self.read_as_a_stranger(10_000)
        wait_until(lambda: self.incident()["count"] == 10_000, lambda: f"10000 accesses, not {self.incident()}", 60)
        self.pager.wait_for("firing", **INCIDENT)
        self.review(self.incident())
        self.pager.wait_for("resolved", **INCIDENT)
        self.assertEqual(len(self.pager.of("firing")), 1, self.pager.brief())
        self.assertIn("At least 10000 accesses", self.pager.of("resolved")[0]["annotations"]["description"])

    def test_loses_nothing_while_nobody_can_be_told_and_it_is_killed_itself(self):
        self.start_paging_agent()
        self.read_as_a_stranger()
        wait_until(lambda: self.agent.total("alert_deliveries_total", result="failure") > 0, "a delivery that fails", 30)
        self.agent.process.send_signal(signal.SIGKILL)
        self.agent.process.wait()
        self.agent.start()
        self.alertmanager.start()
        page = self.pager.wait_for("firing", **INCIDENT)
        self.assertEqual(page["labels"]["incident"], self.incident()["incident"])
        wait_until(lambda: self.agent.total("alert_deliveries_total", result="success") > 0, "a delivery that is counted", 30)
        self.assertEqual(self.agent.total("flagged_total"), 1, "counted before it was killed")

    def test_an_alertmanager_that_forgot_is_told_again(self):
        self.alertmanager.start()
        self.start_paging_agent()
        self.read_as_a_stranger()
        self.pager.wait_for("firing", **INCIDENT)
        self.alertmanager.kill()
        self.alertmanager.start()
        wait_until(lambda: self.alertmanager.alerts(), "the alert is known again", 60)
        self.review(self.incident())
        self.pager.wait_for("resolved", **INCIDENT)

    def test_one_that_got_worse_unheard_is_one_alert(self):
        self.alertmanager.start()
        self.start_paging_agent("--alertmanager.label", "instance=mail7")
        self.act(self.stranger, "list", str(self.mail.parent))
        self.pager.wait_for("firing", severity="warning", **INCIDENT)
        self.agent.stop()
        heard, self.agent.flags = self.agent.flags, [flag for flag in self.agent.flags if flag not in ("--alertmanager.url", self.alertmanager.url)]
        self.agent.start()
        self.read_as_a_stranger()
        wait_until(lambda: self.incident()["severity"] == "critical", "it got worse", 30)
        self.agent.stop()
        self.agent.flags = heard
        self.agent.start()
        self.pager.wait_for("firing", severity="critical", **INCIDENT)
        self.pager.wait_for("resolved", severity="warning", **INCIDENT)
        self.assertEqual([alert["labels"]["severity"] for alert in self.alertmanager.alerts()], ["critical"])
        self.assertEqual(self.pager.of("resolved", severity="notice"), [], "it has never been less than a warning")

    def test_speaks_tls_and_says_who_it_is(self):
        place = self.place.path
        make_certificate(place)
        (place / "am-web.yml").write_text(f"tls_server_config: {{cert_file: {place}/agent.crt, key_file: {place}/agent.key}}\n"
                                          f'basic_auth_users: {{agent: "{HASH_OF_PASSWORD}"}}\n')
        (place / "password").write_text(PASSWORD + "\n")
        (place / "client.yml").write_text("basic_auth: {username: agent, password_file: password}\ntls_config: {ca_file: agent.crt}\n")
        alertmanager = Alertmanager(self, RECEIVER.format(url=self.pager.url), [f"--web.config.file={place}/am-web.yml"], "https").start()
        self.start_paging_agent("--alertmanager.config.file", place / "client.yml", url=alertmanager.url)
        self.read_as_a_stranger()
        self.pager.wait_for("firing", **INCIDENT)
        (place / "password").write_text("wrong\n")
        self.review(self.incident())
        wait_until(lambda: "status 401" in self.agent.log(), lambda: f"a refusal in the log:\n{self.agent.log()}", 30)

    def test_says_where_its_configuration_is_wrong(self):
        (self.place.path / "client.yml").write_text("basic_auth:\n  user: agent\n")
        done = self.start_refused("--alertmanager.config.file", self.place.path / "client.yml")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"client.yml:2:3: error: unknown key 'user' in basic_auth", done.stderr)
        for label in ("no", "1st=a", "incident=same", "alertname=x", "instance="):
            self.assertEqual(self.start_refused("--alertmanager.label", label).returncode, 2, label)
        (self.place.path / "client.yml").write_text("bearer_token_file: gone\n")
        self.assertRegex(self.start_refused("--alertmanager.config.file", self.place.path / "client.yml").stderr,
                         rb"client.yml:1:20: error: 'bearer_token_file': .*/gone: No such file")
        self.assertIn(b"neither http nor https", self.start_refused("--alertmanager.url", "ftp://127.0.0.1").stderr)

    def start_refused(self, *flags):
        agent = Agent(PROGRAM, self.place.path, self.policy())
        return agent.command("run", "--policy", agent.policy_file, "--state-dir", agent.state, "--web.listen-address", "127.0.0.1:0", *flags)


if __name__ == "__main__":
    if not ALERTMANAGER:
        print("skipped: no Alertmanager here")
        raise SystemExit(SKIPPED)
    main()
