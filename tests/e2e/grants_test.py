"""Grants: given by the command and by a file, used, ended on time whatever the agent does, remembered over a restart."""

import json
import os
import signal
import time

from e2e_case import AgentCase, main
from waiting import wait_until

NOBODY = 65534
POLICY = """\
policy: {{name: e2e, version: "1"}}
classes: {{communications: {{clause: P2, description: mail}}}}
purposes:
  requested-service: {{clause: P4, classes: [communications]}}
  legal-process: {{clause: P7, classes: [communications], requires: grant, max-duration: 1h, two-person: true}}
stores: {{client-mail: {{class: communications, paths: ["{place}/vmail/{{domain}}/{{client}}"]}}}}
services: {{imap: {{exe: "{place}/lib/imap"}}}}
permits: [{{service: imap, store: client-mail, access: [read], purpose: requested-service}}]
"""


class Grants(AgentCase):
    def setUp(self):
        super().setUp()
        self.drop = self.place.path / "grants.d"
        self.drop.mkdir(mode=0o755)
        self.mail.parent.chmod(0o755)
        self.mail.parent.parent.chmod(0o755)
        self.start_agent(POLICY.format(place=self.place.path), ["--grants-dir", self.drop])
        self.events = []

    def command(self, *arguments):
        return self.agent.command(*arguments, "--state-dir", self.agent.state)

    def grant(self, **changes):
        asked = {"who": "nobody", "store": "client-mail", "client": "alice", "access": "read", "purpose": "legal-process",
                 "ref": "WARRANT-7", "approved-by": "carol", "for": "60s"} | changes
        return self.command("grant", "-o", "json", *(f"--{name.replace('_', '-')}={value}" for name, value in asked.items() if value))

    def granted(self, **changes):
        answer = self.grant(**changes)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return json.loads(answer.stdout)["id"]

    def read_as_nobody(self):
        self.act(self.stranger, "read", str(self.mail), uid=NOBODY)

    def told(self, action):
        """The next event of this action, whatever came before."""
        def look():
            self.events.extend(self.agent.new_findings())
            return any(event["event"]["action"] == action for event in self.events)
        wait_until(look, lambda: f"{action}; so far: {[event['event']['action'] for event in self.events]}", 10)
        while self.events[0]["event"]["action"] != action:
            self.events.pop(0)
        return self.events.pop(0)

    def verdict(self):
        own = self.told("read")["purposewatch"]
        return own["verdict"], own.get("reason"), own.get("grant")

    def test_what_is_granted_is_told_as_such_until_it_is_revoked(self):
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("flagged", "unknown-service", None))
        name = self.granted()
        given = self.told("grant-given")["purposewatch"]
        self.assertEqual((given["grant"], given["who"], given["clients"], given["reference"], given["approved_by"]),
                         (name, "nobody", ["alice"], "WARRANT-7", "carol"))
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("granted", None, name))
        self.assertEqual(self.agent.total("grants_active", purpose="legal-process"), 1)
        self.assertEqual(self.agent.total("accesses_total", purpose="legal-process", access="read"), 1)
        self.act(self.stranger, "read", str(self.place.mailbox("bob", "Dear Bob\n", mode=0o644)), uid=NOBODY)
        self.assertEqual(self.verdict(), ("flagged", "outside-grant", name))
        self.assertEqual(self.command("revoke", name).returncode, 0)
        self.told("grant-revoked")
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("flagged", "grant-ended", name))
        self.assertEqual(self.command("revoke", name).returncode, 1)

    def test_explain_knows_of_it(self):
        def explained():
            return self.command("explain", self.mail, "--exe", self.stranger, "--user", "nobody", "--policy", self.agent.policy_file)
        self.assertEqual(explained().returncode, 1)
        name = self.granted()
        self.assertIn(f"granted by {name} for legal-process [P7]", explained().stdout.decode())
        self.command("revoke", name)
        self.assertIn(f"flagged: grant-ended: grant {name} has ended", explained().stdout.decode())

    def test_it_ends_on_time_while_the_agent_stands_still(self):
        name = self.granted(**{"for": "3s"})
        end = time.clock_gettime(time.CLOCK_BOOTTIME) + 3
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("granted", None, name))
        os.kill(self.agent.process.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) >= end, "its end")
            self.read_as_nobody()
        finally:
            os.kill(self.agent.process.pid, signal.SIGCONT)
        self.assertEqual(self.verdict(), ("flagged", "grant-ended", name))
        self.told("grant-expired")

    def test_it_is_remembered_over_a_restart(self):
        name = self.granted()
        self.agent.stop()
        self.agent.start()
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("granted", None, name))

    def test_a_file_is_a_grant_until_it_is_removed(self):
        ticket = self.drop / "ticket.yaml"
        ticket.write_text("who: nobody\nstore: client-mail\naccess: [read]\npurpose: legal-process\nref: T-1\n"
                          "approved-by: carol\nrequested-by: tickets\nfor: 1h\n")
        name = self.told("grant-given")["purposewatch"]["grant"]
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("granted", None, name))
        ticket.unlink()
        self.told("grant-revoked")
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("flagged", "grant-ended", name))
        (self.drop / "bad.yaml").write_text("who: [nobody\n")
        self.assertIn("bad.yaml", self.told("grant-refused")["event"]["reason"])

    def test_breaking_the_glass_counts_at_once_and_stays_open_until_it_is_reviewed(self):
        name = self.granted(**{"approved-by": "", "break-glass": "true"})
        self.assertEqual(self.told("grant-given")["event"]["kind"], "alert")
        self.read_as_nobody()
        self.assertEqual(self.verdict(), ("granted", None, name))
        self.assertEqual(self.agent.total("grants_unreviewed", purpose="legal-process"), 1)
        self.command("revoke", name)
        self.assertIn(b"revoked, to be reviewed", self.command("grants").stdout)
        refused = self.command("review", name)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"somebody else must review it", refused.stderr)
        self.assertEqual(self.agent.total("grants_unreviewed", purpose="legal-process"), 1)

    def test_what_the_policy_does_not_allow_is_refused_and_recorded(self):
        person = json.loads(self.grant().stdout)["requested_by"]
        refused = self.grant(store="client-mial", **{"for": "2h", "approved-by": person})
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assertEqual(refused.stderr.decode().splitlines(),
                         ["purposewatch grant: no store is called 'client-mial' (did you mean 'client-mail'?)",
                          f"purposewatch grant: purpose 'legal-process' needs two people: {person} cannot ask for it and approve it",
                          "purposewatch grant: purpose 'legal-process' is granted for at most 1h"])
        self.assertIn("needs two people", self.told("grant-refused")["event"]["reason"])
        self.assertEqual(self.grant(**{"approved-by": ""}).returncode, 2)
        table = self.command("grants").stdout.decode()
        self.assertIn("WARRANT-7", table)


if __name__ == "__main__":
    main()
