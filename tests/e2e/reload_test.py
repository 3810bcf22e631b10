"""A changed policy: in force all at once, or not at all, and every access counted by one of the two."""

import json
import shutil
import subprocess
import threading

from agent import Agent
from e2e_case import PROGRAM, AgentCase, go_on, main

RELOADS = 20
READS_PER_PROCESS = 20  # some thousand a second: a busy host, no flood


class Reload(AgentCase):
    def test_sighup_puts_new_rules_in_force_for_processes_that_run_already(self):
        self.start_agent(self.policy(access="list"))
        reader = self.start_actor(self.imap, "read", str(self.mail), "wait", "read", str(self.mail))
        self.agent.findings_until(len, "the read that no rule permits")
        self.agent.write_policy(self.policy(access="read, list"))
        self.agent.hang_up()
        go_on(reader)
        self.finish(reader)
        self.assert_counted(permitted=1, flagged=1)

    def test_post_reload_puts_new_rules_in_force(self):
        self.start_agent(self.policy(access="list"), ["--web.enable-lifecycle"])
        self.agent.write_policy(self.policy(access="read, list"))
        self.assertEqual(self.agent.get("/-/reload", "POST")[0], 200)
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=0)

    def test_post_reload_is_forbidden_unless_enabled(self):
        self.start_agent(self.policy(access="list"))
        self.agent.write_policy(self.policy(access="read, list"))
        status, text = self.agent.get("/-/reload", "POST")
        self.assertEqual(status, 403)
        self.assertIn("--web.enable-lifecycle", text)
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=0, flagged=1)

    def test_a_bad_file_keeps_the_old_rules_and_says_where_it_is_wrong(self):
        self.start_agent(self.policy(), ["--web.enable-lifecycle"])
        digest = self.digest()
        self.agent.write_policy(self.policy().replace("service: imap", "service: imapp"))
        self.agent.hang_up()
        self.assertEqual(self.agent.total("config_last_reload_successful"), 0)
        self.assertRegex(self.agent.log(), rf'level=error msg="[^"]*{self.agent.policy_file}:6:\d+: .*imapp')
        self.assertEqual(self.digest(), digest)
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=0)

        status, text = self.agent.get("/-/reload", "POST")
        self.assertEqual(status, 500)
        self.assertIn("policy.yaml:6:", text)

        self.agent.write_policy(self.policy() + "# mended\n")
        self.agent.hang_up()
        self.assertEqual(self.agent.total("config_last_reload_successful"), 1)
        self.assertNotEqual(self.digest(), digest)

    def test_a_policy_that_others_could_have_written_is_refused(self):
        self.start_agent(self.policy())
        self.agent.write_policy(self.policy(access="list"))
        self.agent.policy_file.chmod(0o666)
        self.agent.hang_up()
        self.assertEqual(self.agent.total("config_last_reload_successful"), 0)
        self.assertIn(f"{self.agent.policy_file}: error: is writable by others (chmod go-w)", self.agent.log())
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=0)
        checked = self.agent.command("check", "--elsewhere", self.agent.policy_file)
        self.assertEqual((checked.returncode, b"writable" in checked.stdout), (0, False))
        checked = self.agent.command("check", self.agent.policy_file)
        self.assertEqual((checked.returncode, b"warning: run refuses it: is writable" in checked.stdout), (0, True), checked.stdout)

    def test_of_signed_policies_none_is_taken_after_a_later_one(self):
        if not shutil.which("openssl"):
            self.skipTest("no openssl here")
        private, public = self.place.path / "policy.key", self.place.path / "policy.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
        public.chmod(0o644)

        def write(serial, access):
            self.agent.write_policy(self.policy(access=access).replace('version: "1"', f'version: "1", serial: {serial}'))
            signature = self.agent.policy_file.with_suffix(".yaml.sig")
            subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", self.agent.policy_file,
                            "-out", signature], check=True)
            signature.chmod(0o644)
        self.agent = Agent(PROGRAM, self.place.path, "", ["--policy-key", public])
        self.addCleanup(self.agent.stop)
        write(7, "read")
        self.agent.start()
        write(8, "list")
        self.agent.hang_up()
        self.assertEqual(self.agent.total("config_last_reload_successful"), 1)
        for serial, access, why in ((7, "read", "the policy's serial is 7, and 8 was in force already"),
                                    (8, "read", "another policy of the serial 8 was in force")):
            write(serial, access)
            self.agent.hang_up()
            self.assertEqual(self.agent.total("config_last_reload_successful"), 0)
            self.assertIn(why, self.agent.log())
        self.agent.write_policy(self.policy(access="read").replace('version: "1"', 'version: "1", serial: 9'))
        self.agent.hang_up()
        self.assertIn(f"{self.agent.policy_file}: error: is not what was signed", self.agent.log())
        checked = self.agent.command("check", "--policy-key", public, self.agent.policy_file)
        self.assertEqual((checked.returncode, b"is not what was signed" in checked.stdout), (1, True), checked.stdout)
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=0, flagged=1)

        self.agent.stop()
        write(7, "read")
        with self.assertRaisesRegex(RuntimeError, "ended with 1 .*\n(.*\n)*.*8 was in force already"):
            self.agent.start()
        write(9, "read")
        self.agent.start()
        checked = self.agent.command("check", "--policy-key", public, "-o", "json", self.agent.policy_file)
        self.assertEqual(json.loads(checked.stdout)["policy"]["serial"], 9)

    def test_no_access_is_lost_or_counted_twice_by_reloads_under_load(self):
        self.start_agent()
        load = Load(self, [self.imap, self.imap])
        for number in range(RELOADS):
            self.agent.write_policy(self.policy(access="list" if number % 2 == 0 else "read"))
            self.agent.hang_up()
        accesses = load.finish()
        self.settle()
        permitted, flagged = self.permitted(), self.flagged()
        self.assertEqual(permitted + flagged, accesses, f"{permitted:.0f} permitted, {flagged:.0f} flagged")
        self.assertGreater(min(permitted, flagged), 0, "both policies had something to decide")
        def reads(found):
            return sum(one["purposewatch"]["count"] for one in found if "disclosure" not in one["purposewatch"])
        told = self.agent.findings_until(lambda found: reads(found) >= flagged, "every flagged read")
        self.assertEqual(reads(told), flagged)

    def digest(self):
        return next(labels["digest"] for name, labels, _ in self.agent.metrics() if name == "purposewatch_policy_info")


class Load:
    """Processes that read one mail, again and again, each program on a thread of its own, until told to finish."""

    def __init__(self, case, programs):
        self.case, self.enough, self.processes = case, threading.Event(), [0] * len(programs)
        self.threads = [threading.Thread(target=self._run, args=(index, program)) for index, program in enumerate(programs)]
        for thread in self.threads:
            thread.start()
        case.addCleanup(self._join)

    def _run(self, index, program):
        while not self.enough.is_set():
            self.case.act(program, *["read", str(self.case.mail)] * READS_PER_PROCESS)
            self.processes[index] += 1

    def _join(self):
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def finish(self):
        """How many reads there were."""
        self._join()
        return sum(self.processes) * READS_PER_PROCESS


if __name__ == "__main__":
    main()
