"""Prometheus as a witness of the evidence: what somebody who has the agent's host, and its keys, does to the log is found by
what was scraped, and where."""

import json
import os
import pathlib
import shutil
import subprocess

from e2e_case import BUILD, SKIPPED, AgentCase, main
from prometheus import Prometheus, free_port
from prometheus_test import HASH_OF_PASSWORD, PASSWORD, WEB_CONFIG, make_certificate
from waiting import wait_until

FORGE_LOG = os.environ.get("E2E_FORGE_LOG", BUILD / "tests" / "e2e" / "forge_log")
RECORDS = "max(purposewatch_evidence_records_total)"


class Witness(AgentCase):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.start_agent(flags=["--web.listen-address", f"127.0.0.1:{self.port}"])
        self.agent.url = f"http://127.0.0.1:{self.port}"
        self.prometheus = Prometheus(self)

    def records(self):
        return int(self.agent.total("evidence_records_total"))

    def act_and_be_witnessed(self):
        """A few findings, of which the last was scraped; how many records there were when that was. The agent has records of
        its own, so that may be more than there were to wait for."""
        before = self.records()
        for _ in range(3):
            self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: self.records() >= before + 3, "the findings are in the evidence", 30)
        now = self.records()
        return int(wait_until(lambda: self.prometheus.value(f"{RECORDS} >= {now}"), f"{now} records were witnessed", 30))

    def copy(self, name):
        """Of the state directory, in an order in which the head is never ahead."""
        target = self.place.path / name / "evidence"
        target.mkdir(parents=True)
        for file in sorted((self.agent.state / "evidence").iterdir(), key=lambda file: (file.name != "head", file.name != "key", file.name)):
            shutil.copyfile(file, target / file.name)
        return target.parent

    @staticmethod
    def forge(state, *words):
        done = subprocess.run([FORGE_LOG, state / "evidence", *map(str, words)], capture_output=True, text=True)
        return int(done.stdout) if done.returncode == 0 else None

    def verify(self, state, *flags):
        done = self.agent.command("verify", "-o", "json", "--state-dir", state, *flags)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["sound"], done.returncode == 0, answer)
        return answer

    def witnessed(self, state, *flags):
        return self.verify(state, "--witness", self.prometheus.url, *flags)["witnesses"][0]

    def found(self, state):
        """The problems that the witness has; without one, nothing is to be seen."""
        self.assertTrue(self.verify(state)["sound"])
        return self.witnessed(state)["problems"]

    def only_problem(self, state, kind):
        problems = self.found(state)
        self.assertEqual([problem["kind"] for problem in problems], [kind], problems)
        return problems[0]

    def changed_copy(self):
        """A copy with a record that was changed and signed again; that record, and how many were witnessed before it."""
        for attempt in range(5):
            before = self.act_and_be_witnessed()
            self.act_and_be_witnessed()
            state = self.copy(f"changed{attempt}")
            changed = self.forge(state, "change", before)
            if changed:
                return state, changed, before
        self.fail("the keys change faster than findings come")

    def test_finds_what_was_done_to_copies_of_the_log(self):
        early = self.act_and_be_witnessed()
        early_state = self.copy("early")
        changed_state, changed, before = self.changed_copy()
        now = self.act_and_be_witnessed()

        here = self.witnessed(self.agent.state, "--witness-match", f'{{instance="127.0.0.1:{self.port}"}}')
        self.assertTrue(here["sound"], here)
        self.assertGreaterEqual(here["agreed"], 4)
        self.assertGreaterEqual(here["last"]["record"], now)

        problem = next(one for one in self.found(changed_state) if one["kind"] == "changed")
        self.assertTrue(before < problem["record"] <= changed, (before, problem, changed))
        self.assertRegex(problem["what"], rf"record {problem['record'] - 1} is as it was witnessed at 20\S+, record \d+ is not as at 20")

        cut_state = self.copy("cut")
        self.assertEqual(self.forge(cut_state, "cut", early), early)
        self.assertEqual(self.only_problem(cut_state, "cut-off")["record"], early + 1)

        rolled_back = self.only_problem(early_state, "cut-off")
        self.assertRegex(rolled_back["what"], rf"records \d+ to \d+ were witnessed")

        replaced_state = self.copy("replaced")
        self.assertEqual(self.forge(replaced_state, "replace", 10 * now), 1)
        self.assertIn("nothing agrees", self.only_problem(replaced_state, "changed")["what"])
        first_key = self.verify(self.agent.state)["first_key"]
        self.assertTrue(self.verify(self.agent.state, "--key", first_key)["sound"])
        self.assertIn("another key", self.verify(replaced_state, "--key", first_key)["problems"][0]["what"])
        self.assert_checkpoints_tell_them_apart(changed_state, early_state)

    def assert_checkpoints_tell_them_apart(self, changed_state, early_state):
        kept = self.place.path / "kept"
        self.verify(self.agent.state, "--checkpoint", kept)
        self.assertEqual(self.verify(self.agent.state, "--against", kept)["against"]["answer"], "holds")
        self.assertEqual(self.verify(early_state, "--against", kept)["against"]["answer"], "cut-off")
        self.act_and_be_witnessed()
        self.assertEqual(self.verify(self.agent.state, "--against", kept)["against"]["answer"], "holds")
        self.assertIn(self.verify(changed_state, "--against", kept)["against"]["answer"], ("changed", "cut-off"))
        on_stdout = self.agent.command("verify", "--state-dir", early_state, "--checkpoint", "-")
        self.assertTrue(on_stdout.stdout.startswith(b"purposewatch/"), on_stdout)
        kept.write_bytes(on_stdout.stdout)
        self.assertEqual(self.verify(changed_state, "--against", kept)["against"]["answer"], "holds")

    def test_finds_that_the_log_was_replaced_under_the_agent(self):
        for _ in range(3):
            before = self.act_and_be_witnessed()
        self.agent.stop()
        shutil.rmtree(self.agent.state / "evidence")
        self.agent.start()
        self.agent.url = f"http://127.0.0.1:{self.port}"
        wait_until(lambda: 0 < (self.prometheus.value(RECORDS) or 0) < before, "the new log was witnessed", 30)
        answer = self.witnessed(self.agent.state)
        self.assertFalse(answer["sound"])
        self.assertIn("went-back", [problem["kind"] for problem in answer["problems"]], answer)
        shown = self.agent.command("verify", "--state-dir", self.agent.state, "--witness", self.prometheus.url).stdout.decode()
        self.assertRegex(shown, r"went back from record \d+ at 20\S+ to record \d+ at 20\S+: rolled back or replaced then\n")
        self.assertRegex(shown, r"NOT SOUND: \d problems?\n$")

    def test_asks_by_tls_and_with_a_password_and_says_why_it_cannot(self):
        place = self.place.path
        self.act_and_be_witnessed()
        self.prometheus.process.terminate()
        self.prometheus.process.wait()
        make_certificate(place)
        (place / "web.yml").write_text(WEB_CONFIG.format(place=place, hash=HASH_OF_PASSWORD))
        (place / "password").write_text(PASSWORD + "\n")
        self.prometheus = Prometheus(self, flags=[f"--web.config.file={place}/web.yml"])
        host = self.prometheus.url.partition("://")[2]
        guarded = ["--witness", f"https://prometheus@{host}", "--witness-ca", place / "agent.crt", "--witness-password-file", place / "password"]

        def answer():
            return self.agent.command("verify", "--state-dir", self.agent.state, *guarded)
        wait_until(lambda: answer().returncode == 0, lambda: answer(), 30)
        self.assertRegex(answer().stdout.decode(), r"witness +https://127.0.0.1:\d+: \d+ samples?\n")
        self.assertNotIn(PASSWORD.encode(), answer().stdout)

        def refused(code, *flags):
            done = self.agent.command("verify", "--state-dir", self.agent.state, *flags)
            self.assertEqual((done.returncode, done.stdout), (code, b""), (flags, done))
            return done.stderr.decode()
        self.assertIn("certificate", refused(3, "--witness", f"https://prometheus@{host}"))
        self.assertIn("password", refused(3, *guarded[:4]))
        self.assertIn("match", refused(3, *guarded, "--witness-match", '{instance="elsewhere"}'))
        self.assertIn("parse error", refused(3, *guarded, "--witness-match", "{instance=}"))
        self.assertIn("127.0.0.1", refused(3, "--witness", f"http://127.0.0.1:{free_port()}"))
        self.assertIn("no Prometheus", refused(3, "--witness", self.agent.url))
        self.assertIn("none", refused(3, "--evidence", self.place.path / "none"))
        self.assertFalse((self.place.path / "none").exists())
        (self.place.path / "empty").mkdir()
        self.assertIn("no evidence", refused(3, "--evidence", self.place.path / "empty"))
        refused(3, "--against", self.place.path / "policy.yaml")
        refused(3, "--key", self.place.path / "policy.yaml")
        refused(2, *guarded, "--witness-match", "instance=a")
        refused(2, "--no-such-flag")


if __name__ == "__main__":
    if not shutil.which("prometheus"):
        print("skipped: no prometheus here")
        raise SystemExit(SKIPPED)
    main()
