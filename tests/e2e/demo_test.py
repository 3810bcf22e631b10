"""The demo, as a newcomer runs it (without installing and building): what it shows, and that it leaves nothing behind."""

import os
import pathlib
import re
import signal
import subprocess
import unittest

from agent import Place
from demo_acts import unused_uids
from e2e_case import PROGRAM, main
from waiting import wait_until

DEMO = pathlib.Path(__file__).with_name("demo")
ACTS = 12
ROW = re.compile(r"^([✓✗])  (.+?) {2,}(.+?) {2,}(permitted|flagged|outside) +(permitted|flagged|outside|failed)( .*)?$", re.M)


def processes_of(directory):
    """Those whose command line names it."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.fsencode(directory) in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass  # it has ended
    return found


class Demo(unittest.TestCase):
    def setUp(self):
        # Whatever the demo leaves would be in its temporary directory, or be a process that knows of it.
        self.place = Place("demo-test")
        self.addCleanup(self.place.remove)

    def start(self, *arguments, program=PROGRAM, **options):
        demo = subprocess.Popen([DEMO, "--agent", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, "TMPDIR": str(self.place.path)}, start_new_session=True, **options)
        self.addCleanup(self.end, demo)
        return demo

    def end(self, demo):
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGTERM)
        demo.communicate()
        for pid in processes_of(self.place.path):
            os.kill(pid, signal.SIGKILL)

    def assert_nothing_is_left(self):
        self.assertEqual(list(self.place.path.iterdir()), [])
        self.assertEqual(processes_of(self.place.path), [])

    def test_everything_is_as_expected_and_told_within_a_second(self):
        demo = self.start()
        out, error = demo.communicate(timeout=200)
        self.assertEqual((demo.returncode, error), (0, ""), out)
        rows = ROW.findall(out)
        self.assertEqual(len(rows), ACTS, out)
        for mark, who, does, expected, verdict, rest in rows:
            self.assertEqual((mark, verdict), ("✓", expected), f"{who} {does}")
            latency = re.search(r"([\d.]+) ms$", rest)
            self.assertEqual(bool(latency), verdict == "flagged", f"{who} {does}")
            self.assertLess(float(latency[1]) if latency else 0, 1000)
        self.assertRegex(out, r"watched by the (lsm|fentry|syscalls) backend")
        self.assertRegex(out, r"From http://127\.0\.0\.1:\d+/metrics\n")
        self.assertRegex(out, r'purposewatch_flagged_total\{store="client-mail",access="read",reason="not-owner"\} 1\n')
        self.assert_nothing_is_left()

    def test_ends_with_one_when_something_is_not_as_expected(self):
        """An agent whose findings name another reason: every one of these rows has to notice."""
        forger = self.place.path / "forger"
        forger.write_text(f'#!/bin/sh\n[ "$1" = run ] || exec {PROGRAM} "$@"\nsed -i "s/owner: true/user: root/" "$3"\nexec {PROGRAM} "$@"\n')
        forger.chmod(0o755)
        demo = self.start(program=forger)
        out, _ = demo.communicate(timeout=200)
        forger.unlink()
        self.assertEqual(demo.returncode, 1, out)
        self.assertEqual([who for mark, who, *_ in ROW.findall(out) if mark == "✗"], ["Alice's mail reader", "Bob's mail reader"])
        self.assert_nothing_is_left()

    def test_ctrl_c_ends_it_and_leaves_nothing_behind(self):
        demo = self.start()
        wait_until(lambda: any(self.place.path.glob("*/findings.ndjson")), "the agent is starting", 60)
        os.killpg(demo.pid, signal.SIGINT)
        self.assertEqual(demo.wait(60), 130)
        self.assert_nothing_is_left()

    def test_an_agent_that_does_not_start_is_told_and_leaves_nothing_behind(self):
        demo = self.start(program="/bin/false")
        self.assertEqual(demo.wait(60), 3)
        self.assertIn("the agent ended with 1", demo.stderr.read())
        self.assert_nothing_is_left()

    def test_keep_leaves_the_agent_running_and_says_how_to_end_it(self):
        demo = self.start("--keep")
        out, _ = demo.communicate(timeout=200)
        self.assertEqual(demo.returncode, 0, out)
        self.assertEqual(len(processes_of(self.place.path)), 1)
        status = re.search(r"^  (\S+ status --state-dir \S+)$", out, re.M)[1]
        self.assertEqual(subprocess.run(status.split(), capture_output=True).returncode, 0)
        ending = re.search(r"^  (kill (\d+) && timeout 30 tail --pid=\2 -f /dev/null; rm -r \S+)$", out, re.M)[1]
        subprocess.run(ending, shell=True, check=True)
        self.assert_nothing_is_left()

    def test_says_what_it_needs(self):
        # The checkout itself may be closed to other users, so they get a copy.
        copy = self.place.copy_program(DEMO, "tests/e2e/demo")
        stranger = subprocess.run([copy], user=unused_uids(1)[0], cwd="/", capture_output=True, text=True, timeout=60)
        self.assertEqual((stranger.returncode, stranger.stdout), (3, ""))
        self.assertIn("run this as root", stranger.stderr)
        wrong = subprocess.run([DEMO, "--fast"], capture_output=True, text=True, timeout=60)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("unknown argument '--fast'", wrong.stderr)

    def test_says_that_it_is_made_for_debian_12(self):
        other = self.place.path / "os-release"
        other.write_text("ID=gentoo\nVERSION_ID=2.15\n")
        script = f"mount --make-rprivate / && mount --bind {other} /etc/os-release && exec {DEMO}"
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("made for Debian 12; here is gentoo 2.15", done.stderr)


if __name__ == "__main__":
    main()
