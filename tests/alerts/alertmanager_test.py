#!/usr/bin/env python3
"""The example configuration, as amtool reads it and as a real Alertmanager lives by it: who is told what, and how often."""

import base64
import datetime
import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from rule_files import ROOT, SKIPPED, alerts
from servers import MailInbox, ServerCase, ask

import yaml  # which rule_files has found
from inbox import HttpInbox, serve  # where servers looks for its own
from prometheus import free_port
from waiting import wait_until

SHIPPED = ROOT / "rules" / "alertmanager"
CONFIG = SHIPPED / "alertmanager.yml"
SERVER = "prometheus-alertmanager"
WEB1 = {"job": "purposewatch", "instance": "web1:9807"}
RUNBOOK = "https://prometheus.example.net/consoles/purposewatch-runbook.html#"


def amtool(*arguments):
    return subprocess.run(["amtool", *arguments], capture_output=True, text=True)


def incident(name, store="client-mail", severity="critical", **labels):
    return {"alertname": name, "store": store, "severity": severity, "clause": "P3", **WEB1, **labels}


def about_agent(name, severity="critical", **labels):
    return {"alertname": name, "severity": severity, "clause": "P3", "about": "agent", **WEB1, **labels}


class AsAmtoolReadsIt(unittest.TestCase):
    def test_it_is_valid(self):
        done = amtool("check-config", CONFIG)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 templates", done.stdout)

    def test_no_secret_stands_in_it(self):
        keys = re.findall(r"^[^#]*?\b(\w*(?:password|key|token|secret|credentials)\w*):", CONFIG.read_text(), re.MULTILINE)
        self.assertTrue(keys)
        self.assertEqual([key for key in keys if not key.endswith("_file")], [])

    def assert_goes_to(self, receivers, labels):
        done = amtool("config", "routes", "test", f"--config.file={CONFIG}", *(f"{name}={value}" for name, value in labels.items()))
        self.assertEqual((done.returncode, done.stdout.split()), (0, [",".join(receivers)]), (labels, done.stderr))

    def test_severity_and_clause_say_who_is_told(self):
        for severity, clause, receivers in [
                ("critical", "P1", ["on-call"]), ("critical", "P3", ["on-call"]), ("critical", "P4", ["on-call"]),
                ("critical", "P5", ["on-call"]), ("critical", "P6", ["privacy-officer", "on-call"]),
                ("critical", "P7", ["privacy-officer", "on-call"]), ("critical", "P8", ["privacy-officer", "on-call"]),
                ("warning", "P1", ["tickets"]), ("warning", "P3", ["tickets"]), ("warning", "P7", ["privacy-officer"]),
                ("notice", "P3", ["quiet"]), ("notice", "P7", ["quiet"]), ("none", "P3", ["tickets"])]:
            for name in ("PurposewatchIncident", "PurposewatchMisuse", "PurposewatchSafeguardViolated"):
                with self.subTest(name=name, severity=severity, clause=clause):
                    self.assert_goes_to(receivers, incident(name, severity=severity, clause=clause))

    def test_each_alert_of_ours_is_told_to_whom_its_severity_says(self):
        by_severity = {"critical": "on-call", "warning": "tickets", "notice": "quiet"}
        for alert in alerts():
            labels = dict(alert.text["labels"], alertname=alert.name, clause="P3", **WEB1)
            for severity in (by_severity if "{{" in labels["severity"] else [labels["severity"]]):
                with self.subTest(alert.name, severity=severity):
                    receiver = "dead-mans-switch" if alert.name == "PurposewatchWatchdog" else by_severity[severity]
                    self.assert_goes_to([receiver], dict(labels, severity=severity))

    def test_what_nobody_thought_of_is_a_ticket(self):
        self.assert_goes_to(["tickets"], {"alertname": "Other"})


class RealAlertmanager(ServerCase):
    def setUp(self):
        super().setUp()
        self.inbox, self.mail = serve(self, HttpInbox()), serve(self, MailInbox())
        self.write_config()
        self.url = f"http://127.0.0.1:{free_port()}"
        self.start([SERVER, f"--config.file={self.place}/alertmanager.yml", f"--storage.path={self.place}/data",
                    "--web.listen-address=" + self.url.removeprefix("http://"), "--cluster.listen-address="], self.url, "/-/ready")

    def write_config(self):
        """The shipped one: addresses, secrets and intervals are the test's, and nothing else."""
        secrets = self.place / "secrets"
        secrets.mkdir()
        for name in ("smtp-password", "pagerduty-routing-key", "tickets-token", "heartbeat-token"):
            (secrets / name).write_text(f"{name}-7")
        text = CONFIG.read_text().replace("/etc/prometheus/secrets", str(secrets))
        text = text.replace("https://tickets.example.net", self.inbox.url).replace("https://heartbeat.example.net", self.inbox.url)
        config = yaml.safe_load(text)
        config["global"].update(smtp_smarthost=self.mail.address, smtp_require_tls=False, pagerduty_url=self.inbox.url + "/pagerduty")
        for route in [config["route"], *config["route"]["routes"]]:
            route.update(group_wait="0s" if route.get("group_wait") == "0s" else "500ms", group_interval="500ms")
            if route["receiver"] == "dead-mans-switch":
                route.update(repeat_interval="200ms")
        (self.place / "alertmanager.yml").write_text(yaml.safe_dump(config))
        shutil.copy(SHIPPED / "purposewatch.tmpl", self.place)

    def post(self, *labels, ended=False, **annotations):
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=-1 if ended else 1)
        starts = ends - datetime.timedelta(hours=2)
        ask(self.url + "/api/v2/alerts", post=[
            {"labels": one, "annotations": annotations, "startsAt": starts.isoformat(), "endsAt": ends.isoformat()} for one in labels])

    def inhibited(self, host):
        """(alert, severity) of the alerts of a host, or of none, that others stand for."""
        return {(one["labels"]["alertname"], one["labels"]["severity"]) for one in ask(self.url + "/api/v2/alerts")
                if one["status"]["inhibitedBy"] and one["labels"].get("instance", "").startswith(host)}

    def assert_inhibited(self, expected, *alerts):
        """These, and no others. Alerts are looked at in the order in which they come: when the last one is inhibited, all were."""
        if alerts:
            self.post(*alerts)
        last = {"job": "last", "instance": "last:9807"}
        self.post(about_agent("PurposewatchAgentDown", **last))
        self.post(about_agent("PurposewatchHookSilent", **last))
        wait_until(lambda: self.inhibited("last"), "the last one is inhibited", 30)
        self.assertEqual({name for name, _ in self.inhibited("web")}, expected)

    def pages(self):
        return self.inbox.posts("/pagerduty")

    def wait_for_pages(self, events):
        """Until as many pages (dedup keys) as these had these events, in this order."""
        def told():
            by_page = {}
            for page in self.pages():
                told_of = by_page.setdefault(page["dedup_key"], [])
                if told_of[-1:] != [page["event_action"]]:
                    told_of.append(page["event_action"])
            return sorted(by_page.values())
        wait_until(lambda: told() == sorted(events), lambda: f"pages {events}, not {told()}", 30)

    # --- what stands for what ---

    def test_what_the_agent_has_told_itself_is_not_told_again(self):
        self.assert_inhibited(
            {"PurposewatchMisuse", "PurposewatchAlteration", "PurposewatchLoss", "PurposewatchDisclosure"},
            incident("PurposewatchIncident", reason="unknown-service", incident="0123456789abcdef", job=""),
            *(incident("Purposewatch" + threat, threat=threat.lower()) for threat in ("Misuse", "Alteration", "Loss", "Disclosure")))

    def test_but_a_warning_of_the_agent_hides_nothing_critical_nor_another_store_or_host(self):
        self.assert_inhibited(
            set(), incident("PurposewatchIncident", severity="warning", job=""), incident("PurposewatchMisuse"),
            incident("PurposewatchAlteration", store="billing-db", severity="warning"),
            incident("PurposewatchLoss", severity="warning", instance="web2:9807"))

    def test_an_agent_that_is_down_is_told_once(self):
        ours = {rule.name for rule in alerts() if rule.text["labels"].get("about") == "agent"}
        self.assert_inhibited(ours - {"PurposewatchAgentDown"}, *(about_agent(name) for name in ours))

    def test_but_what_stays_true_without_it_is_told(self):
        theirs = {rule.name for rule in alerts() if "about" not in rule.text["labels"]}
        self.assertIn("PurposewatchMisuse", theirs)
        self.assertIn("PurposewatchEvidenceChainBroken", theirs)
        self.assert_inhibited({"PurposewatchHookSilent"}, about_agent("PurposewatchAgentDown"), about_agent("PurposewatchHookSilent"),
                              *(incident(name) for name in theirs))

    def test_an_agent_that_is_down_hides_nothing_of_another_host(self):
        self.assert_inhibited(set(), about_agent("PurposewatchAgentDown"), about_agent("PurposewatchHookSilent", instance="web2:9807"))

    def test_when_all_agents_are_absent_no_single_one_is_told(self):
        self.assert_inhibited(
            {"PurposewatchHookSilent", "PurposewatchAgentDown"},
            {"alertname": "PurposewatchAgentAbsent", "job": "purposewatch", "severity": "critical", "clause": "P3", "about": "agent"},
            about_agent("PurposewatchHookSilent"), about_agent("PurposewatchAgentDown", instance="web2:9807"),
            incident("PurposewatchMisuse"), about_agent("PurposewatchEventsLost", instance="web3:9807", job="other"))

    def test_but_one_that_is_absent_does_not_stand_for_the_others_nor_does_what_is_of_no_host(self):
        self.assert_inhibited(set(), about_agent("PurposewatchAgentAbsent", severity="warning"), about_agent("PurposewatchHookSilent"),
                              about_agent("PurposewatchAgentAbsent", severity="warning", instance="web2:9807"),
                              incident("PurposewatchManyHosts", instance=""))

    def test_the_worst_of_the_same_thing_is_enough(self):
        for worse, less in [("critical", "warning"), ("critical", "notice"), ("warning", "notice")]:
            host = {"instance": f"{worse}-{less}:9807"}
            self.post(incident("PurposewatchMisuse", severity=worse, **host), incident("PurposewatchMisuse", severity=less, **host))
            wait_until(lambda: self.inhibited(f"{worse}-{less}"), f"{less} beside {worse} is inhibited", 30)
            self.assertEqual(self.inhibited(f"{worse}-{less}"), {("PurposewatchMisuse", less)})

    def test_but_not_of_another_host_store_safeguard_incident_or_alert_nor_of_what_is_not_ours(self):
        for worse, less in [("critical", "warning"), ("warning", "notice")]:
            one, another = {"severity": worse, "instance": f"web-{worse}:9807"}, {"severity": less, "instance": f"web-{worse}:9807"}
            self.post(
                incident("PurposewatchMisuse", **one), incident("PurposewatchMisuse", **dict(another, store="billing-db")),
                incident("PurposewatchMisuse", **dict(another, instance=f"web2-{worse}:9807")), incident("PurposewatchLoss", **another),
                incident("PurposewatchSafeguardViolated", **dict(one, store="", safeguard="chassis-intrusion")),
                incident("PurposewatchSafeguardViolated", **dict(another, store="", safeguard="swap-encrypted")),
                incident("PurposewatchIncident", **dict(one, store="mail-queue", incident="0123456789abcdef")),
                incident("PurposewatchIncident", **dict(another, store="mail-queue", incident="fedcba9876543210")),
                incident("DiskFull", **one), incident("DiskFull", **another))
        self.assert_inhibited(set())

    # --- what arrives ---

    def test_ten_thousand_reads_of_one_store_are_one_page_and_it_ends(self):
        self.post(incident("PurposewatchMisuse", threat="misuse"), summary="Client data was read out of purpose")
        self.wait_for_pages([["trigger"]])
        for count in (10, 100, 1000, 10000):
            self.post(incident("PurposewatchMisuse", threat="misuse"), summary="Client data was read out of purpose", description=f"{count}")
        everything = [incident("PurposewatchMisuse", threat="misuse"), incident("PurposewatchLoss", threat="loss"),
                      incident("PurposewatchMisuse", store="billing-db", threat="misuse"),
                      incident("PurposewatchMisuse", instance="web2:9807", threat="misuse")]
        self.post(*everything)
        self.wait_for_pages([["trigger"]] * 3)
        self.post(*everything, ended=True)
        self.wait_for_pages([["trigger", "resolve"]] * 3)

    def test_what_is_known_of_one_host_or_safeguard_hides_nothing_of_another(self):
        self.post(about_agent("PurposewatchAgentDown"), about_agent("PurposewatchAgentDown", instance="web2:9807"),
                  incident("PurposewatchEvidenceChainBroken", store=""),
                  incident("PurposewatchSafeguardViolated", store="", safeguard="chassis-intrusion"),
                  incident("PurposewatchSafeguardViolated", store="", safeguard="console-login-absent"))
        self.wait_for_pages([["trigger"]] * 5)

    def test_a_page_says_how_bad_what_whose_and_where_and_leads_to_the_runbook(self):
        self.post(incident("PurposewatchMisuse"), summary="Client data was read out of purpose", description="Type this.",
                  runbook_url=RUNBOOK + "purposewatchmisuse")
        self.wait_for_pages([["trigger"]])
        page = self.pages()[0]
        self.assertEqual(page["routing_key"], "pagerduty-routing-key-7")
        payload = page["payload"]
        self.assertEqual(payload["summary"], "critical: Client data was read out of purpose, client-mail, web1:9807")
        self.assertEqual((payload["severity"], payload["source"], payload["component"], payload["class"]),
                         ("critical", "web1:9807", "client-mail", "P3"))
        self.assertEqual(page["links"], [{"href": RUNBOOK + "purposewatchmisuse", "text": "Runbook"}])
        what = payload["custom_details"]["what"]
        self.assertRegex(what, r"\AClient data was read out of purpose\nhost web1:9807, store client-mail, clause P3, since 20")
        self.assertIn("\nType this.\n", what)
        self.assertIn("\nRunbook: " + RUNBOOK + "purposewatchmisuse\n", what)

    def test_the_agents_own_alert_names_its_incident_and_as_much_of_people_as_the_policy_lets_it(self):
        self.post(incident("PurposewatchIncident", incident="0123456789abcdef", reason="no-permit", clause="P7"),
                  summary="client-mail misuse on web1:9807: no-permit", description="Type this.", client="client-7f3a and others")
        self.wait_for_pages([["trigger"]])
        page = self.pages()[0]
        self.assertEqual(page["payload"]["summary"], "critical: client-mail misuse on web1:9807: no-permit")
        self.assertNotIn("links", page)
        self.assertRegex(page["payload"]["custom_details"]["what"],
                         r"incident 0123456789abcdef, clause P7, since [^\n]* UTC\nclient client-7f3a and others\n\nType this\.\n")

    def test_what_the_agent_has_told_stays_one_page_when_only_prometheus_tells_it(self):
        agents = incident("PurposewatchIncident", incident="0123456789abcdef", reason="no-permit", job="")
        self.post(agents)
        self.wait_for_pages([["trigger"]])
        self.post(incident("PurposewatchMisuse", threat="misuse"))
        self.post(agents, ended=True)
        wait_until(lambda: "PurposewatchMisuse" in self.pages()[-1]["payload"]["custom_details"]["what"], lambda: self.pages()[-1], 30)
        self.wait_for_pages([["trigger"]])

    def test_the_privacy_officer_has_a_mail_of_what_concerns_disclosure(self):
        self.post(incident("PurposewatchDisclosure", clause="P6"), summary="Client data may have left the host", description="Type this.")
        wait_until(lambda: self.mail.received, "a mail", 30)
        mail = self.mail.received[0]
        self.assertEqual((mail["To"], mail["Subject"]),
                         ("privacy-officer@example.net", "critical: Client data may have left the host, client-mail, web1:9807"))
        self.assertIn("Type this.", "".join(part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart()))
        self.assertEqual(base64.b64decode(self.mail.logins[0]), b"\0alertmanager\0smtp-password-7")
        self.wait_for_pages([["trigger"]])

    def test_the_privacy_officer_has_one_mail_for_each_store(self):
        self.post(incident("PurposewatchBreakGlassUnreviewed", clause="P6", severity="warning"),
                  incident("PurposewatchIncident", clause="P7", severity="warning", incident="0123456789abcdef"),
                  incident("PurposewatchDisclosure", clause="P6", severity="warning", store="billing-db"))
        wait_until(lambda: len(self.mail.received) == 2, "two mails", 30)
        self.assertEqual(sorted(mail["Subject"] for mail in self.mail.received),
                         ["warning: 2 alerts, client-mail, web1:9807", "warning: PurposewatchDisclosure, billing-db, web1:9807"])

    def test_a_notice_is_a_mail_and_wakes_nobody(self):
        self.post(incident("PurposewatchMisuse", severity="notice"), incident("PurposewatchMisuse", severity="notice", instance="web2:9807"),
                  summary="Client data was read out of purpose")
        wait_until(lambda: self.mail.received, "a mail", 30)
        self.assertEqual([(mail["To"], mail["Subject"]) for mail in self.mail.received],
                         [("privacy-log@example.net", "notice: Client data was read out of purpose, client-mail")])
        self.assertEqual(self.inbox.received, [])

    def test_a_warning_is_a_ticket_by_a_token(self):
        self.post(incident("PurposewatchMisuse", severity="warning"), summary="Client data was read out of purpose")
        wait_until(lambda: self.inbox.received, "a ticket", 30)
        path, headers, ticket = self.inbox.received[0]
        self.assertEqual((path, headers["Authorization"]), ("/hooks/purposewatch", "Bearer tickets-token-7"))
        self.assertEqual(ticket["commonLabels"]["store"], "client-mail")

    def test_the_watchdog_is_heard_again_and_again(self):
        self.post({"alertname": "PurposewatchWatchdog", "severity": "none", "clause": "P3"})
        wait_until(lambda: len(self.inbox.posts("/purposewatch")) >= 3, "three heartbeats", 30)
        self.assertEqual({headers["Authorization"] for _, headers, _ in self.inbox.received}, {"Bearer heartbeat-token-7"})


if __name__ == "__main__":
    for tool in ("amtool", SERVER):
        if not shutil.which(tool):
            print(f"skipped: no {tool} here")
            raise SystemExit(SKIPPED)
    unittest.main(verbosity=2)
