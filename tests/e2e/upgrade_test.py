"""A package upgrade renames a new file over a service's executable: the path stays the service, its copies do not."""

import shutil

from e2e_case import ACTOR, AgentCase, go_on, main
from waiting import wait_until

UPGRADES_IN_A_ROW = 20


class Upgrade(AgentCase):
    def replace_imap(self):
        fresh = self.imap.with_name("imap.dpkg-new")
        shutil.copyfile(ACTOR, fresh)
        fresh.chmod(0o755)
        fresh.rename(self.imap)

    def test_a_replaced_executable_is_followed_and_logged(self):
        self.start_agent()
        self.replace_imap()
        wait_until(lambda: f"was replaced; new processes are known by the new file: {self.imap}" in self.agent.log(),
                   lambda: f"the replacement in the log:\n{self.agent.log()}")
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=0)

    def test_a_process_of_the_old_file_keeps_its_identity(self):
        self.start_agent()
        old = self.start_actor(self.imap, "read", str(self.mail), "wait", "read", str(self.mail))
        wait_until(lambda: self.permitted() == 1, "the first read")
        self.replace_imap()
        wait_until(lambda: "was replaced" in self.agent.log(), "the replacement in the log")
        go_on(old)
        self.finish(old)
        self.assert_counted(permitted=2, flagged=0)

    def test_a_copy_elsewhere_of_the_old_or_the_new_file_is_a_stranger(self):
        self.start_agent()
        old_copy = self.place.path / "tmp" / "imap.old"
        old_copy.hardlink_to(self.imap)
        self.replace_imap()
        wait_until(lambda: "was replaced" in self.agent.log(), "the replacement in the log")
        new_copy = self.place.copy_program(self.imap, "tmp/imap.new")
        for copy in (old_copy, new_copy):
            self.act(copy, "read", str(self.mail))
        self.assert_counted(permitted=0, flagged=2)

    def test_a_service_that_is_started_at_the_moment_of_its_upgrade_is_known(self):
        self.start_agent()
        for _ in range(UPGRADES_IN_A_ROW):
            self.replace_imap()
            self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=UPGRADES_IN_A_ROW, flagged=0)

    def test_an_executable_that_is_installed_later_is_known(self):
        self.imap.unlink()
        self.start_agent()
        self.replace_imap()
        wait_until(lambda: f"appeared: {self.imap}" in self.agent.log(), "the new executable in the log")
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=0)


if __name__ == "__main__":
    main()
