"""Prometheus and Alertmanager, really started, on loopback, in a directory that goes away; and who is told by them."""

import email
import itertools
import json
import pathlib
import shutil
import socketserver
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from waiting import wait_until

UP_WITHIN_S = 60  # a busy machine takes its time


class ServerCase(unittest.TestCase):
    """Gives each test a directory, and ends what it has started."""

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="purposewatch-alerts-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def start(self, command, url, ready):
        """A server; returns when it answers."""
        log = self.place / (pathlib.Path(command[0]).name + ".log")
        with open(log, "wb") as output:
            process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output, cwd=self.place)
        self.addCleanup(self._end, process)

        def answers():
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}:\n{log.read_text()}")
            try:
                with urllib.request.urlopen(url + ready, timeout=5) as answer:
                    return answer.status == 200
            except OSError:
                return False
        wait_until(answers, lambda: f"{command[0]} answers:\n{log.read_text()[-2000:]}", UP_WITHIN_S)
        return process

    @staticmethod
    def _end(process):
        process.kill()
        process.wait()


def ask(url, post=None, **query):
    """What a server answers, read as JSON; None when it answers with nothing."""
    data = None if post is None else json.dumps(post).encode()
    request = urllib.request.Request(f"{url}?{urllib.parse.urlencode(query)}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text.strip() else None


class MailInbox(socketserver.ThreadingTCPServer):
    """Takes mail, from whoever logs in as alertmanager with the password; its messages."""

    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _TakesMail)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.received, self.logins = [], []


class _TakesMail(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self._take()
        except ConnectionError:  # Alertmanager has ended
            pass

    def _take(self):
        self.wfile.write(b"220 inbox\r\n")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                self.wfile.write(b"250-inbox\r\n250 AUTH PLAIN\r\n")
            elif verb == "AUTH":
                self.server.logins.append(line.split()[2])
                self.wfile.write(b"235 welcome\r\n")
            elif verb == "DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(itertools.takewhile(lambda line: line not in (b".\r\n", b""), self.rfile))
                self.server.received.append(email.message_from_bytes(b"".join(lines)))
                self.wfile.write(b"250 taken\r\n")
            elif verb == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 fine\r\n")
