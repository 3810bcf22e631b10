"""What happened can be asked for afterwards, with no agent running: by who, whose, where, when and why, from the evidence alone."""

import json
import shutil
import stat
import unittest

from e2e_case import AgentCase, main

NOBODY = 65534
POLICY = """\
policy: {{name: e2e, version: "1"}}
classes: {{communications: {{clause: P2, description: mail}}, logs: {{clause: P2, description: logs}}}}
purposes: {{requested-service: {{clause: P4, classes: [communications, logs]}}}}
stores:
  client-mail: {{class: communications, paths: ["{place}/vmail/{{domain}}/{{client}}"]}}
  client-logs: {{class: logs, paths: ["{place}/logs/{{client}}"]}}
services: {{imap: {{exe: "{place}/lib/imap"}}}}
permits: [{{service: imap, store: client-mail, access: [read], purpose: requested-service}}]
"""
HOSTILE = 'b"o\\b\u202e\n\udcff'


class Evidence(AgentCase):
    """What an agent has left that saw five accesses."""

    def write(self):
        self.setUp()
        mails = [self.mail] + [self.place.mailbox(client, "Dear client\n", mode=0o644) for client in ("bob", HOSTILE)]
        log = self.place.path / "logs" / "bob" / "access.log"
        log.parent.mkdir(parents=True)
        log.write_text("GET /\n")
        for path in [log.parent, *(mail.parent for mail in mails), *(mail.parent.parent for mail in mails)]:
            path.chmod(0o755)
        self.start_agent(POLICY.format(place=self.place.path))
        for mail in mails:
            self.act(self.stranger, "read", str(mail))
        self.act(self.imap, "write", str(self.mail))
        self.act(self.stranger, "read", str(log), uid=NOBODY)
        self.settle()  # asks for a page, which is answered when all that it counts is on the disk
        done = self.agent.command("events", "--recorded", "--kind", "finding", "-o", "json", "--no-index", "--state-dir", self.agent.state)
        self.assertEqual(len(done.stdout.splitlines()), 5, "while the agent runs")
        self.agent.stop()
        self.told = self.agent.new_findings()
        self.assertEqual(len(self.told), 5)
        self.assertFalse((self.agent.state / "index").exists(), "the agent itself has no use for it")


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        evidence = Evidence()
        cls.addClassCleanup(evidence.doCleanups)
        evidence.write()
        cls.agent, cls.place, cls.told = evidence.agent, evidence.place, evidence.told
        cls.index = cls.agent.state / "index"

    def run_events(self, *arguments, expect=0):
        done = self.agent.command("events", "--state-dir", self.agent.state, *arguments)
        self.assertEqual(done.returncode, expect, (arguments, done.stderr))
        return done

    def events(self, *arguments):
        return [json.loads(line) for line in self.run_events("--recorded", "-o", "json", *arguments).stdout.splitlines()]

    def findings(self, *arguments):
        """As they were told live."""
        found = self.events("--kind", "finding", *arguments)
        for event in found:
            self.assertEqual(event["purposewatch"].pop("record")["kind"], "finding")
        return found

    def test_all_that_was_told_is_there_as_it_was_told(self):
        self.assertEqual(self.findings(), self.told)
        self.assertEqual(self.findings("--no-index"), self.told)
        self.assertEqual(self.run_events("--recorded", "-o", "json").stdout, self.run_events("--no-index", "-o", "json").stdout)

    def test_every_filter_finds_what_has_it_and_nothing_else(self):
        def own(name, value):
            return [event for event in self.told if event["purposewatch"].get(name) == value]
        self.assertEqual(self.findings("--client", "bob"), own("client", "bob"))
        self.assertEqual(len(own("client", "bob")), 2)
        self.assertEqual(self.findings("--store", "client-logs"), own("store", "client-logs"))
        self.assertEqual(self.findings("--service", "imap"), own("service", "imap"))
        self.assertEqual(self.findings("--verdict", "flagged"), self.told)
        self.assertEqual(self.findings("--verdict", "granted"), [])
        for name in ("clause", "incident"):
            for value in {event["purposewatch"][name] for event in self.told}:
                self.assertEqual(self.findings(f"--{name}", value), own(name, value))
        self.assertEqual(self.findings("--client", "bob", "--store", "client-mail"),
                         [event for event in own("client", "bob") if event in own("store", "client-mail")])
        for event in self.told:
            self.assertEqual(self.findings("--id", event["event"]["id"]), [event])
        hostile = self.findings("--client", HOSTILE)
        self.assertEqual(hostile, [self.told[2]])
        user = self.told[4]["user"]
        person = user["audit"].get("name", user["audit"]["id"]) if "audit" in user else user["effective"]["name"]
        self.assertIn(self.told[4], self.findings("--person", person))
        self.assertEqual(self.findings("--person", "nobody at all"), [])

    def test_time_and_number_narrow_it_down(self):
        moments = [event["@timestamp"] for event in self.told]
        self.assertEqual(self.findings("--since", moments[3]), self.told[3:])
        self.assertEqual(self.findings("--until", moments[3]), self.told[:3])
        self.assertEqual(self.findings("--since", moments[1], "--until", moments[3]), self.told[1:3])
        self.assertEqual(self.findings("--since", "1d"), self.told)
        self.assertEqual(self.findings("--until", "1d"), [])
        self.assertEqual(self.findings("--limit", "2"), self.told[3:])

    def test_the_agents_own_doings_are_there_too(self):
        kinds = [event["purposewatch"]["record"]["kind"] for event in self.events()]
        self.assertEqual((kinds[0], kinds[-1]), ("start", "stop"))
        self.assertNotIn("checkpoint", kinds)
        self.assertTrue(self.events("--kind", "checkpoint"))
        table = self.run_events("--recorded").stdout.decode()
        for text in ("TIME", "start", "policy.name=e2e", "unknown-service", "client-mail/bob", "stop"):
            self.assertIn(text, table)
        self.assertNotIn("\u202e", table)

    def test_what_is_shown_as_json_can_be_shown_again_as_a_table(self):
        lines = self.run_events("--recorded", "-o", "json").stdout
        again = self.agent.command("events", "--from", "-", "--color", "never", input=lines)
        self.assertEqual(again.stdout, self.run_events("--recorded", "--color", "never").stdout)
        only = self.agent.command("events", "--from", "-", "-o", "json", "--kind", "start", input=lines)
        self.assertEqual([json.loads(line)["event"]["action"] for line in only.stdout.splitlines()], ["start"])

    def test_the_index_is_closed_to_others_and_can_go_at_any_time(self):
        shutil.rmtree(self.index, ignore_errors=True)
        bobs = [self.told[1], self.told[4]]
        self.assertEqual(self.findings("--client", "bob"), bobs)
        files = list(self.index.iterdir())
        self.assertEqual(len(files), len(list((self.agent.state / "evidence").glob("*.evidence"))))
        for path in [self.index, *files]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)
        for path in files:
            path.write_bytes(b"nonsense")
        self.assertEqual(self.findings("--client", "bob"), bobs)

    def test_without_room_for_an_index_all_is_read_and_that_is_said_once(self):
        shutil.rmtree(self.index, ignore_errors=True)
        self.index.write_text("in the way")
        self.addCleanup(self.index.unlink)
        done = self.run_events("--recorded", "-o", "json", "--client", "bob")
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertEqual(done.stderr.count(b"index of the evidence cannot be kept"), 1)

    def test_a_finding_is_explained_from_the_evidence(self):
        def explained(*arguments):
            return self.agent.command("explain", "--policy", self.agent.policy_file, "--state-dir", self.agent.state, *arguments)
        done = explained("--event", self.told[1]["event"]["id"])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("unknown-service", done.stdout.decode())
        self.assertIn("client   bob", done.stdout.decode())
        done = explained("--event", "no-such-event-7")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"no finding of the id no-such-event-7", done.stderr)

    def test_wrong_usage_and_no_evidence_are_said(self):
        for arguments, words in ((["--since", "soon"], b"'soon' is no moment"),
                                 (["--since", "1h", "--until", "2h"], b"later than --until"),
                                 (["--kind", "nonsense"], b"--kind"), (["--limit", "0"], b"--limit"),
                                 (["--client", ""], b"--client"), (["--from", "-", "--since", "1h"], b"--since")):
            self.assertIn(words, self.run_events(*arguments, expect=2).stderr)
        done = self.agent.command("events", "--recorded", "--state-dir", self.place.path / "none")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"cannot read the evidence", done.stderr)
        self.assertFalse((self.place.path / "none").exists())


if __name__ == "__main__":
    main()
