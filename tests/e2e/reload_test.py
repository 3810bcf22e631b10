"""A changed policy: in force all at once, or not at all, and every access counted by one of the two."""

import threading

from e2e_case import AgentCase, go_on, main

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
        told = self.agent.findings_until(lambda all: sum(one["purposewatch"]["count"] for one in all) >= flagged, "every flagged read")
        self.assertEqual(sum(one["purposewatch"]["count"] for one in told), flagged)

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
