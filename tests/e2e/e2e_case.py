"""What the end-to-end tests share: root or skipped, a place and an agent that go away, actors that do as told."""

import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True

from agent import Agent, Place, brief
from waiting import wait_until

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build" / "release"
PROGRAM = os.environ.get("E2E_AGENT", BUILD / "agent" / "purposewatch")
ACTOR = os.environ.get("E2E_ACTOR", BUILD / "tests" / "kernel" / "actor")
SKIPPED = 77  # CTest's SKIP_RETURN_CODE

POLICY = """\
policy: {{name: e2e, version: "1"}}
classes: {{communications: {{clause: P2, description: mail}}}}
purposes: {{requested-service: {{clause: P4, classes: [communications]}}}}
stores: {{client-mail: {{class: communications, paths: ["{place}/vmail/{{domain}}/{{client}}"]}}}}
services: {{imap: {{exe: "{place}/lib/imap"{identity}}}}}
permits: [{{service: imap, store: client-mail, access: [{access}], purpose: requested-service}}]
"""


class AgentCase(unittest.TestCase):
    def setUp(self):
        self.place = Place("e2e")
        self.addCleanup(self.place.remove)
        self.imap = self.place.copy_program(ACTOR, "lib/imap")
        self.stranger = self.place.copy_program(ACTOR, "tmp/imap")
        self.mail = self.place.mailbox("alice", "Dear Alice\n", mode=0o644)

    def policy(self, access="read, list", identity=""):
        return POLICY.format(place=self.place.path, access=access, identity=identity)

    def start_agent(self, policy=None, flags=(), **options):
        self.agent = Agent(PROGRAM, self.place.path, policy or self.policy(), flags, **options)
        self.addCleanup(self.agent.stop)
        return self.agent.start()

    def start_actor(self, program, *words, uid=0):
        """An actor that says on stdin when to go on: go_on(actor)."""
        actor = subprocess.Popen([program, *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, user=uid, group=uid,
                                 extra_groups=[], cwd="/")
        self.addCleanup(self._end, actor)
        return actor

    @staticmethod
    def _end(process):
        process.kill()
        process.communicate()

    def act(self, program, *words, **options):
        self.finish(self.start_actor(program, *words, **options))

    def finish(self, actor):
        error = actor.communicate(timeout=60)[1]
        self.assertEqual(actor.returncode, 0, error.decode(errors="replace"))

    def permitted(self):
        return self.agent.total("accesses_total")

    def flagged(self):
        """Accesses. The test itself reads the pipes of actors, so it may come to carry what they have read, and then each
        question that it asks of the agent is a way out."""
        return self.agent.total("flagged_total") - self.agent.total("flagged_total", reason="no-egress")

    def settle(self):
        """Returns when everything that the kernel has sent up was judged; nothing may be lost. Where the test has come to carry
        client data (flagged, above), each of its questions here is an access, too, and told within a second."""
        began, asked, seen = time.monotonic(), [], []

        def is_settled():
            asked.append(time.monotonic())
            metrics = self.agent.metrics()
            def total(name):
                return sum(value for series, _, value in metrics if series == f"purposewatch_events_{name}_total")
            open_ones = total("seen") - sum(total(fate) for fate in ("delivered", "suppressed", "lost"))
            seen[:] = [(name, labels, value) for name, labels, value in metrics if name.startswith("purposewatch_events_")]
            carries = any(labels.get("reason") == "no-egress" and value for name, labels, value in metrics
                          if name == "purposewatch_flagged_total")
            own = [one for one in asked if asked[-1] - one < 1.5]
            return open_ones == 0 or (carries and asked[-1] - began > 1.5 and 0 < open_ones <= len(own))
        wait_until(is_settled, lambda: f"all that was seen is accounted for: {seen}")
        self.assertEqual(self.agent.total("events_lost_total"), 0, seen)

    def ways_out(self, count):
        """The findings of disclosures, when there are so many."""
        def of_disclosures(found):
            return [one for one in found if "disclosure" in one["purposewatch"]]
        found = self.agent.findings_until(lambda found: len(of_disclosures(found)) >= count, f"{count} disclosures")
        self.assertEqual(len(of_disclosures(found)), count, [brief(one) for one in of_disclosures(found)])
        return of_disclosures(found)

    def sees_pipes(self):
        """Whether the kernel tells when a pipe is read."""
        return self.agent.total("hook_up", hook="pipe_read") > 0

    def assert_counted(self, permitted, flagged):
        self.settle()
        self.assertEqual((self.permitted(), self.flagged()), (permitted, flagged), self.agent.log())


def go_on(actor):
    actor.stdin.write(b".")
    actor.stdin.flush()


def main():
    if os.geteuid() != 0:
        print("skipped: the agent loads programs into the kernel, which needs root")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
