"""File names that want to break a line, a terminal or a parser: one line each, every byte kept, nothing raw shown."""

import base64
import os
import re
import subprocess

from e2e_case import PROGRAM, AgentCase, main
from waiting import wait_until

NAMES = {
    "a newline": b"one\ntwo",
    "a line of NDJSON": b'"}\n{"purposewatch":{"verdict":"permitted"}}',
    "an escape sequence": b"\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "the eight-bit escape": b"\x9b31mred",
    "invalid UTF-8": b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    "text that turns round": "cod.\u202egnp.exe\u2066".encode(),
    "what cannot be seen": "a\u200bb\ufeff\u00ad".encode(),
    "backslashes and quotes": rb"\x41 \"quoted\" 'too'",
    "a carriage return and a tab": b"over\rwritten\t",
    "what is good text anyway": "Grüße 日本 🙂".encode(),
    "255 bytes": b"n" * 255,
    "255 bytes of control": b"\x01" * 255,
}
LEVELS, LEVEL = 20, "d" * 249  # 5000 bytes with the slashes
KEPT_PATH_BYTES = 4096
OUR_COLORS = re.compile(rb"\x1b\[[0-9;]*m")
# What a terminal could take for more than text: controls, eight-bit controls in UTF-8, direction and invisible marks.
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def exact_bytes(finding):
    raw = finding["purposewatch"].get("path_raw")
    return base64.b64decode(raw) if raw else finding["file"]["path"].encode()


class HostileNames(AgentCase):
    def setUp(self):
        super().setUp()
        self.folder = os.fsencode(self.mail.parent)
        # A slash ends a name; anything else but the zero byte may be in it.
        self.paths = [self.folder + b"/" + name.replace(b"/", b"_") for name in NAMES.values()]
        for path in self.paths:
            open(path, "xb").close()

    def read_them_all(self):
        self.start_agent()
        for path in self.paths:
            self.act(self.stranger, b"read", path)
        return self.agent.findings_until(lambda all: len(all) >= len(self.paths), "a finding for each name")

    def test_each_name_is_one_line_that_keeps_every_byte(self):
        findings = self.read_them_all()
        for what, path, finding in zip(NAMES, self.paths, findings):
            self.assertEqual(exact_bytes(finding), path, what)
        *lines, rest = self.agent.findings_file.read_bytes().split(b"\n")
        self.assertEqual((len(lines), rest), (len(self.paths), b""))
        for line in lines:
            self.assertIsNone(RAW.search(line.decode()), line)
        self.assert_counted(permitted=0, flagged=len(self.paths))

    def test_nothing_raw_reaches_a_terminal(self):
        self.read_them_all()
        for arguments, headers in ((["--color", "always"], 1), (["-o", "json"], 0)):
            shown = self.agent.command("events", "--from", self.agent.findings_file, *arguments)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            *lines, rest = OUR_COLORS.sub(b"", shown.stdout).decode().split("\n")
            self.assertEqual((len(lines), rest), (len(self.paths) + headers, ""))
            for line in lines:
                self.assertIsNone(RAW.search(line), repr(line))

    def test_nothing_raw_reaches_whoever_watches_live(self):
        self.start_agent()
        shown_file = self.place.path / "shown"
        with open(shown_file, "wb") as shown:
            events = subprocess.Popen([PROGRAM, "events", "--state-dir", self.agent.state, "--color", "always"], stdout=shown)
        self.addCleanup(self._end, events)
        path = self.paths[list(NAMES).index("an escape sequence")]

        def shown_after_another_read():
            self.act(self.stranger, b"read", path)
            return b"owned" in shown_file.read_bytes()
        wait_until(shown_after_another_read, lambda: f"the live view: {shown_file.read_bytes()}", 30)
        for line in OUR_COLORS.sub(b"", shown_file.read_bytes()).decode().split("\n"):
            self.assertIsNone(RAW.search(line), repr(line))

    def test_a_clients_name_is_shown_and_kept_in_the_same_way(self):
        self.start_agent()
        mailbox = os.fsencode(self.place.path) + b"/vmail/example.org/ev\x1bil\n"
        os.mkdir(mailbox)
        self.act(self.stranger, b"list", mailbox)
        finding = self.agent.findings_until(len, "the finding")[0]
        self.assertEqual(finding["purposewatch"]["client"], r"ev\x1bil\x0a")
        self.assertEqual(exact_bytes(finding), mailbox)

    def test_of_a_path_of_5000_bytes_the_tail_and_the_client_are_kept(self):
        deep_folder = os.open(self.folder, os.O_DIRECTORY | os.O_PATH)
        for _ in range(LEVELS):
            os.mkdir(LEVEL, dir_fd=deep_folder)
            folder, deep_folder = deep_folder, os.open(LEVEL, os.O_DIRECTORY | os.O_PATH, dir_fd=deep_folder)
            os.close(folder)
        self.addCleanup(os.close, deep_folder)
        self.start_agent()
        inside = f"/proc/{os.getpid()}/fd/{deep_folder}"
        self.act(self.stranger, "chdir", inside, "create", "deep\n", "read", "deep\n")
        findings = self.agent.findings_until(lambda all: len(all) >= 2, "both findings")
        whole = self.folder + (b"/" + LEVEL.encode()) * LEVELS + b"/deep\n"
        for finding, action in zip(findings, ("create", "read")):
            own = finding["purposewatch"]
            self.assertEqual((finding["event"]["action"], own["client"], own["path_truncated"]), (action, "alice", True))
            kept = exact_bytes(finding)
            tail = kept[kept.index(LEVEL.encode()):]
            self.assertTrue(whole.endswith(tail), kept)
            self.assertGreater(len(tail), KEPT_PATH_BYTES - 256)
        self.assert_counted(permitted=0, flagged=2)


if __name__ == "__main__":
    main()
