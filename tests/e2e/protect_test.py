"""An agent that is protected: what it says of that, and how whoever keeps the host gets past it."""

import json
import os
import signal
import subprocess

from e2e_case import PROGRAM, AgentCase, main
from waiting import wait_until


class Protect(AgentCase):
    def ask(self, *words):
        return subprocess.run([PROGRAM, *words, "--state-dir", self.agent.state], capture_output=True, text=True, timeout=30)

    def protection(self):
        return json.loads(self.ask("status", "-o", "json").stdout)["protection"]

    def test_is_off_unless_it_is_wanted(self):
        self.start_agent()
        self.assertEqual(self.protection(), "off")
        refused = self.ask("unlock", "--reason", "TICKET-1")
        self.assertEqual(refused.returncode, 1, refused)
        self.assertIn("the agent is not protected", refused.stderr)

    def test_runs_without_where_the_kernel_cannot(self):
        self.start_agent(flags=["--protect", "--backend", "syscalls"])
        self.assertEqual(self.protection(), "unavailable")
        self.assertIn("only the backend lsm can refuse", self.agent.log_file.read_text())

    def test_lets_itself_be_ended_once_it_is_unlocked(self):
        refused = subprocess.run([PROGRAM, "doctor", "-o", "json"], capture_output=True, text=True, timeout=300)
        backends = {one["backend"]: one["works"] for one in json.loads(refused.stdout)["backends"]}
        if not backends.get("lsm"):
            self.skipTest("this kernel allows no LSM programs")
        self.start_agent(flags=["--protect"])
        self.assertEqual(self.protection(), "on")
        with self.assertRaises(PermissionError):
            os.kill(self.agent.process.pid, signal.SIGTERM)
        self.assertEqual(self.ask("unlock", "--for", "1m", "--reason", "TICKET-1").returncode, 0)
        self.assertEqual(self.protection(), "unlocked")
        self.assertEqual(self.ask("lock").returncode, 0)
        with self.assertRaises(PermissionError):
            os.kill(self.agent.process.pid, signal.SIGTERM)
        self.assertEqual(self.ask("unlock", "--for", "1m", "--reason", "TICKET-2").returncode, 0)
        told = self.ask("events", "--since", "1h", "--kind", "tamper").stdout
        self.assertIn("TICKET-1", told)
        os.kill(self.agent.process.pid, signal.SIGTERM)
        wait_until(lambda: self.agent.process.poll() is not None, "the agent's end")


if __name__ == "__main__":
    main()
