"""What the end-to-end tests share: root or skipped, a place and an agent that go away, actors that do as told."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from agent import Agent, Place
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
        return self.agent.total("flagged_total")

    def settle(self):
        """Returns when everything that the kernel has sent up was judged; nothing may be lost."""
        def lines():
            return [line for line in self.agent.get("/metrics")[1].splitlines() if line.startswith("purposewatch_events_")]
        wait_until(lambda: self.agent.total("events_seen_total") ==
                   sum(self.agent.total(f"events_{fate}_total") for fate in ("delivered", "suppressed", "lost")),
                   lambda: f"all that was seen is accounted for: {lines()}")
        self.assertEqual(self.agent.total("events_lost_total"), 0, lines())

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
