"""The man page says what the program says: every command, every flag, and nothing that is not there."""

import pathlib
import re
import shutil
import subprocess
import unittest

from e2e_case import PROGRAM

PAGE = pathlib.Path(__file__).resolve().parents[2] / "debian" / "man" / "purposewatch.8"
FLAG = re.compile(r"(?<![\w-])(--[a-z][\w.-]*\w)")


def help_of(*command):
    done = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def commands():
    return re.findall(r"^  (\w+) {2,}", help_of().partition("Subcommands:")[2], re.M)


def plain(roff):
    """The text of the page, without requests, fonts and escapes."""
    return re.sub(r"\\f.", "", roff.replace(r"\-", "-"))


class ManPage(unittest.TestCase):
    def setUp(self):
        self.page = plain(PAGE.read_text())

    def section(self, *titles):
        """The parts of OPTIONS that are about these."""
        parts = re.split(r"^\.S[SH] (.*)$", self.page, flags=re.M)[1:]
        return "".join(text for title, text in zip(parts[::2], parts[1::2]) if title in titles)

    def test_has_every_command_and_no_other(self):
        described = re.findall(r"^\.B (\w+)$", self.section("COMMANDS"), re.M)
        self.assertEqual([word for word in described if word != "tests"], commands())

    def test_has_every_flag_of_every_command_and_no_other(self):
        for command in commands():
            general = ["Every command"] + ([] if command in ("run", "report") else ["Commands that print data: all but run and report"])
            self.assertEqual(set(FLAG.findall(self.section(command, *general))), set(FLAG.findall(help_of(command))), command)

    def test_names_the_defaults_that_the_program_has(self):
        for command in ("run", "events", "status", "explain"):
            for default in re.findall(r"=\[?(/[\w./]+|[\d.]+:\d+)", help_of(command)):
                self.assertIn(default, self.page, command)

    def test_renders_without_a_complaint(self):
        if not shutil.which("man"):
            self.skipTest("no man here")
        done = subprocess.run(["man", "--warnings", "-l", PAGE], capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", "MANROFFSEQ": "", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertGreater(len(done.stdout.splitlines()), 150)


if __name__ == "__main__":
    unittest.main(verbosity=2)
