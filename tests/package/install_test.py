"""The package's life in a fresh Debian 12: installed, upgraded, removed, purged."""

import os
import shutil
import subprocess
import sys
import unittest

from debian_system import NotHere, in_memory, minimal_system
from package_case import PLACE, PROGRAM_HERE, SKIPPED, field, remade, temporary_directory, the_package

POLICY = "/etc/purposewatch/policy.d/policy.yaml"
EXAMPLE = "/usr/share/doc/purposewatch/examples/mmshosting.yaml"
# What the machine that boots this system (tests/vm) does without.
NOT_BOOTED = ["usr/share/doc/[!p]*", "usr/share/man", "usr/share/locale", "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/udev/hwdb.bin",
              "var/cache/apt", "var/lib/apt/lists"]


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package = the_package()
        for left in ("system.tar", "newer.deb"):
            (PLACE / left).unlink(missing_ok=True)
        place = temporary_directory(cls)
        try:
            cls.system = minimal_system(place / "system", cls.package)
        except NotHere as reason:
            print(f"skipped: {reason}", flush=True)
            sys.exit(SKIPPED)
        cls.system.install(cls.package)
        cls.system.must("apt-get", "clean")
        shutil.move(remade(cls.package, place, "99.0", lambda tree: None), PLACE / "newer.deb")
        cls.system.pack(place / "system.tar", without=NOT_BOOTED)
        shutil.move(place / "system.tar", PLACE / "system.tar")

    def copy(self, system):
        return system.copy_to(temporary_directory(self) / "system")

    def with_evidence(self, system):
        """Where an agent has written some."""
        record = system.path("/var/lib/purposewatch/evidence/1.evidence")
        record.parent.mkdir(parents=True)
        record.write_text("a record\n")
        return record

    # --- installed ---

    def test_the_program_runs_with_what_the_package_depends_on(self):
        self.assertIn(f"purposewatch {field(self.package, 'Version')}", self.system.must("purposewatch", "version"))

    def test_doctor_says_there_what_it_says_on_this_kernel_here(self):
        def verdict(text):
            return [line for line in text.splitlines() if line.startswith("The agent ")]
        here = subprocess.run([PROGRAM_HERE, "doctor"], capture_output=True, text=True, check=False).stdout
        there = self.system.run("purposewatch", "doctor").stdout
        self.assertEqual((len(verdict(there)), verdict(there)), (1, verdict(here)), there)

    def test_the_policy_is_valid_and_names_no_store(self):
        self.assertNotIn("warning", self.system.must("purposewatch", "check", "/etc/purposewatch/policy.d"))
        text = self.system.path(POLICY).read_text()
        self.assertNotIn("stores:", text)
        for word in ("purposewatch doctor", "purposewatch learn", EXAMPLE):
            self.assertIn(word, text)

    def test_the_example_that_the_policy_leads_to_is_valid(self):
        self.system.must("purposewatch", "check", "--elsewhere", EXAMPLE)
        self.system.must("purposewatch", "test", EXAMPLE)

    def test_the_agent_has_a_user_of_its_own_that_cannot_log_in(self):
        line = self.system.must("getent", "passwd", "purposewatch").strip()
        self.assertRegex(line, r"^purposewatch:x:[1-9]\d{0,2}:[1-9]\d{0,2}:.*:/var/lib/purposewatch:/usr/sbin/nologin$")

    def test_the_units_are_sound_and_begin_at_the_next_boot(self):
        self.assertEqual(self.system.must("systemd-analyze", "verify", "--man=no", "purposewatch.service", "purposewatch-hardware.timer"), "")
        for unit, target in (("purposewatch.service", "multi-user.target"), ("purposewatch-hardware.timer", "timers.target")):
            self.assertTrue(os.path.islink(self.system.path(f"/etc/systemd/system/{target}.wants/{unit}")), unit)

    def test_its_files_are_as_they_were_packed(self):
        self.assertEqual(self.system.must("dpkg", "--verify", "purposewatch"), "")

    # --- upgraded ---

    def upgraded(self, edit):
        """A system on which version 0.0.1, whose policy was another one, was upgraded after `edit(its policy's file)`."""
        def older(tree):
            (tree / POLICY[1:]).write_text("policy: {name: older, version: \"0\"}\n")
            (tree / "usr/sbin/purposewatch").write_text("#!/bin/sh\necho older\n")
        system = self.copy(self.system)
        system.must("apt-get", "purge", "--yes", "purposewatch")
        system.install(remade(self.package, temporary_directory(self), "0.0.1", older))
        self.assertEqual(system.must("purposewatch"), "older\n")
        record = self.with_evidence(system)
        edit(system.path(POLICY))
        system.install(self.package)
        self.assertIn(field(self.package, "Version"), system.must("purposewatch", "version"))
        self.assertEqual(record.read_text(), "a record\n")
        return system

    def test_an_upgrade_replaces_a_policy_that_nobody_has_touched(self):
        system = self.upgraded(lambda policy: None)
        self.assertEqual(system.path(POLICY).read_text(), self.system.path(POLICY).read_text())

    def test_an_upgrade_keeps_a_policy_that_was_edited(self):
        own = "policy: {name: own, version: \"7\"}\n"
        system = self.upgraded(lambda policy: policy.write_text(own))
        self.assertEqual(system.path(POLICY).read_text(), own)
        self.assertEqual(system.path(POLICY + ".dpkg-dist").read_text(), self.system.path(POLICY).read_text())
        system.must("purposewatch", "check", "/etc/purposewatch/policy.d")

    # --- removed ---

    def test_removing_it_leaves_what_was_configured_and_recorded(self):
        system = self.copy(self.system)
        record = self.with_evidence(system)
        own = system.path("/etc/purposewatch/policy.d/own.yaml")
        own.write_text("stores: {}\n")
        system.must("apt-get", "remove", "--yes", "purposewatch")
        self.assertFalse(system.path("/usr/sbin/purposewatch").exists())
        for file in (record, own, system.path(POLICY)):
            self.assertTrue(file.exists(), file)
        system.install(self.package)
        for file in (record, own, system.path(POLICY)):
            self.assertTrue(file.exists(), file)

    def test_purging_it_leaves_nothing_but_the_user(self):
        system = self.copy(self.system)
        self.with_evidence(system)
        system.path("/etc/purposewatch/policy.d/own.yaml").write_text("stores: {}\n")
        said = system.must("apt-get", "purge", "--yes", "purposewatch")
        self.assertIn("its evidence goes with", said)
        left = system.must("find", "/", "-xdev", "-name", "*purposewatch*").split()
        self.assertEqual([path for path in left if not path.startswith("/var/cache/apt/")], [])


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: a Debian system is made and entered as root")
        sys.exit(SKIPPED)
    in_memory()
    unittest.main(verbosity=2)
