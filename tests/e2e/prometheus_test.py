"""A real Prometheus scrapes the agent: plain, and with TLS and a password."""

import base64
import pathlib
import shutil
import subprocess

from credentials import HASH_OF_PASSWORD, PASSWORD, make_certificate
from e2e_case import SKIPPED, AgentCase, main
from prometheus import Prometheus
from waiting import wait_until

SHIPPED_POLICY = pathlib.Path(__file__).resolve().parents[2] / "rules" / "mmshosting.yaml"
WEB_CONFIG = """\
tls_server_config: {{cert_file: {place}/agent.crt, key_file: {place}/agent.key}}
basic_auth_users: {{prometheus: "{hash}"}}
"""


class RealPrometheus(AgentCase):
    def start_guarded_agent(self):
        place = self.place.path
        make_certificate(place)
        (place / "web.yml").write_text(WEB_CONFIG.format(place=place, hash=HASH_OF_PASSWORD))
        authorization = "Basic " + base64.b64encode(f"prometheus:{PASSWORD}".encode()).decode()
        self.start_agent(flags=["--web.config.file", place / "web.yml"], trust=place / "agent.crt", authorization=authorization)

    def guarded(self, password):
        return (f", scheme: https, tls_config: {{ca_file: {self.place.path}/agent.crt}}"
                f", basic_auth: {{username: prometheus, password: {password}}}")

    def assert_series_follow_what_happens(self, prometheus):
        prometheus.wait_for_target("up", "")
        born = 'purposewatch_flagged_total{store="client-mail",access="read",reason="unknown-service"}'
        # Prometheus tells that a target is up before it can be asked for what it scraped.
        wait_until(lambda: prometheus.value(born) == 0, f"{born} is 0", 30)
        self.act(self.stranger, "read", str(self.mail))
        self.act(self.imap, "read", str(self.mail))
        for expression in ("sum(purposewatch_flagged_total)", "sum(purposewatch_accesses_total)", "count(purposewatch_policy_info)"):
            wait_until(lambda: prometheus.value(expression) == 1, f"{expression} is 1", 30)

    def test_scrapes_it(self):
        self.start_agent()
        self.assert_series_follow_what_happens(Prometheus(self))

    def test_scrapes_it_by_tls_and_with_a_password(self):
        self.start_guarded_agent()
        self.assert_series_follow_what_happens(Prometheus(self, self.guarded(PASSWORD)))

    def test_is_turned_away_with_a_wrong_password(self):
        self.start_guarded_agent()
        Prometheus(self, self.guarded("wrong")).wait_for_target("down", "401")

    def test_stores_less_than_a_thousand_series_however_many_clients_there_are(self):
        self.start_agent(SHIPPED_POLICY.read_text())
        def series():
            return {line.rpartition(" ")[0] for line in self.agent.get("/metrics")[1].splitlines() if not line.startswith("#")}
        before = series()
        self.assertLess(len(before), 1000)
        self.agent.stop()
        mails = [self.place.mailbox(f"client{i}", "Dear client\n", mode=0o644) for i in range(200)]
        self.start_agent()
        before = series()
        self.act(self.stranger, *[word for mail in mails for word in ("read", str(mail))])
        self.assert_counted(permitted=0, flagged=200)
        self.assertEqual(series(), before)

    def test_has_nothing_to_say_against_the_metrics(self):
        self.start_agent()
        done = subprocess.run(["promtool", "check", "metrics"], input=self.agent.get("/metrics")[1].encode(), capture_output=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))


if __name__ == "__main__":
    if not shutil.which("prometheus"):
        print("skipped: no prometheus here")
        raise SystemExit(SKIPPED)
    main()
