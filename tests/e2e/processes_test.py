"""Who a process is, however it became that: by another user, a fork, an exec from a thread, or before the agent was."""

import re
from pathlib import Path

from e2e_case import AgentCase, go_on, main
from demo_acts import unused_uids
from waiting import wait_until


class Processes(AgentCase):
    def test_a_user_is_judged_at_the_access_not_at_the_start(self):
        uid = unused_uids(1)[0]
        self.start_agent(self.policy(identity=f', user: "{uid}"'))
        self.act(self.imap, "read", str(self.mail), "uid", str(uid), "read", str(self.mail))
        finding = self.agent.findings_until(len, "the read as root")[0]
        self.assertEqual((finding["purposewatch"]["reason"], finding["user"]["effective"]["id"]), ("user-mismatch", "0"))
        self.assert_counted(permitted=1, flagged=1)

    def test_a_child_is_the_service_that_its_parent_is(self):
        self.start_agent()
        self.act(self.imap, "fork", "fork", "read", str(self.mail))
        self.act(self.stranger, "fork", "fork", "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=1)

    def test_an_exec_ends_what_the_process_was(self):
        self.start_agent()
        self.act(self.imap, "become", self.stranger, "read", str(self.mail))
        self.act(self.stranger, "become", self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=1)

    def test_an_exec_from_a_thread_ends_it_too(self):
        self.start_agent()
        self.act(self.imap, "thread-become", self.stranger, "read", str(self.mail))
        self.act(self.stranger, "thread-become", self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=1)

    def test_a_process_older_than_the_agent_is_known(self):
        older = [self.start_actor(program, "wait", "read", str(self.mail)) for program in (self.imap, self.stranger)]
        self.start_agent()
        for actor in older:
            go_on(actor)
            self.finish(actor)
        self.assert_counted(permitted=1, flagged=1)

    def test_a_finding_names_the_process_and_those_above_it(self):
        self.start_agent()
        actor = self.start_actor(self.imap, "fork", "become", self.stranger, "read", str(self.mail))
        self.finish(actor)
        process = self.agent.findings_until(len, "the finding")[0]["process"]
        self.assertEqual((process["executable"], process["parent"]["pid"]), (str(self.stranger), actor.pid))
        self.assertEqual(process["parent"]["executable"], str(self.imap))

    def test_no_thread_of_the_agent_keeps_a_capability_that_it_does_not_need(self):
        self.start_agent()
        wait_until(lambda: "looked through the stores" in self.agent.log(), self.agent.log)
        needed = sum(1 << capability for capability in (2, 38, 39))  # CAP_DAC_READ_SEARCH, CAP_PERFMON, CAP_BPF
        for status in Path(f"/proc/{self.agent.process.pid}/task").glob("*/status"):
            effective = re.search(r"^CapEff:\s*(\w+)$", status.read_text(), re.MULTILINE).group(1)
            self.assertEqual(int(effective, 16) & ~needed, 0, status)


if __name__ == "__main__":
    main()
