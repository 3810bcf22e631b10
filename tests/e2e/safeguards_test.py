"""What the policy promises of the host is looked at, told and recorded, whoever asks for it and however."""

import json
import os

from e2e_case import AgentCase, main
from waiting import wait_until

SAFEGUARDS = """
safeguards:
  store-permissions: {}
  sensor-alive: {clause: P4}
  policy-reviewed: {}
  backup-fresh: {files: "%s/backups/*.done", within: 1h}
"""


class Safeguards(AgentCase):
    def start(self):
        self.roots = self.place.path / "vmail"
        for directory in (self.place.path, self.roots):
            directory.chmod(0o700 if directory == self.roots else 0o755)
        (self.place.path / "backups").mkdir()
        (self.place.path / "backups" / "nightly.done").touch()
        self.start_agent(self.policy() + SAFEGUARDS % self.place.path)

    def status(self):
        done = self.agent.command("status", "--state-dir", self.agent.state, "-o", "json")
        return {one["safeguard"]: one for one in json.loads(done.stdout)["safeguards"]}

    def wait_for(self, name, state):
        return wait_until(lambda: self.status()[name] if self.status()[name]["state"] == state else None,
                          lambda: f"{name} is {state}, not {self.status()[name]}", 30)

    def records(self):
        done = self.agent.command("events", "--state-dir", self.agent.state, "--recorded", "--kind", "safeguard", "-o", "json")
        return [json.loads(line)["purposewatch"]["safeguard"] for line in done.stdout.splitlines()]

    def test_each_is_told_with_its_state_clause_and_reason(self):
        self.start()
        self.wait_for("store-permissions", "ok")
        self.wait_for("backup-fresh", "ok")
        unknown = self.wait_for("policy-reviewed", "unknown")
        self.assertTrue(unknown["why"] and unknown["remedy"])
        self.wait_for("sensor-alive", "ok")
        self.assertEqual(self.agent.total("safeguard_ok", safeguard="sensor-alive", kind="electronic", clause="P4"), 1)
        self.assertEqual(self.agent.total("safeguard_unknown"), 1)
        text = self.agent.command("status", "--state-dir", self.agent.state).stdout.decode()
        for name in ("store-permissions", "backup-fresh", "policy-reviewed", "sensor-alive"):
            self.assertIn(name, text)
        self.assertIn("policy-reviewed", self.agent.get("/status")[1])

    def test_a_store_that_was_open_for_a_moment_is_told_recorded_and_reported(self):
        self.start()
        self.wait_for("store-permissions", "ok")
        self.roots.chmod(0o705)
        wait_until(lambda: "violated" in [one["state"] for one in self.records() if one["safeguard"] == "store-permissions"],
                   lambda: f"a record of it: {self.records()}", 30)
        self.roots.chmod(0o700)
        wait_until(lambda: [one["state"] for one in self.records() if one["safeguard"] == "store-permissions"] == ["ok", "violated", "ok"],
                   lambda: f"a record of its end: {self.records()}", 30)
        [_, violated, _] = [one for one in self.records() if one["safeguard"] == "store-permissions"]
        self.assertIn(str(self.roots), violated["why"])
        self.assertEqual(self.agent.total("safeguard_ok", safeguard="store-permissions"), 0, "it still shows, for the next scrape")
        self.assertIn("safeguard does not hold", self.agent.get("/status")[1])
        report = self.agent.command("report", "--state-dir", self.agent.state, "--policy", self.agent.policy_file, "-o", "json")
        self.assertIn("store-permissions", report.stdout.decode())

    def test_a_backup_that_grows_old_is_told_and_a_safeguard_can_be_taken_out(self):
        self.start()
        done = self.place.path / "backups" / "nightly.done"
        os.utime(done, (1_700_000_000, 1_700_000_000))
        self.agent.hang_up()
        self.wait_for("backup-fresh", "violated")
        self.agent.write_policy(self.policy() + "safeguards: {sensor-alive: {}}\n")
        self.agent.hang_up()
        wait_until(lambda: list(self.status()) == ["sensor-alive"], lambda: f"one is left: {list(self.status())}", 30)

    def test_the_doctor_looks_at_them_without_an_agent(self):
        self.start()
        self.agent.stop()
        done = self.agent.command("doctor", "--policy", self.agent.policy_file, "-o", "json")
        states = {one["safeguard"]: one["state"] for one in json.loads(done.stdout)["safeguards"]}
        self.assertEqual(states, {"store-permissions": "ok", "backup-fresh": "ok"})


if __name__ == "__main__":
    main()
