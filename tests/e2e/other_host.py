"""What services talk to beyond their host: a mail server that takes everything, rsync's,
and one that runs what it is told, as an SSH server does."""

import json
import socketserver
import subprocess
import threading

from private_host import NEIGHBOUR

# Called as ssh is: HOST COMMAND...
REMOTE_SHELL = """\
#!/usr/bin/python3
import json, os, select, socket, sys
connection = socket.create_connection((sys.argv[1], 22), 20)
connection.sendall(json.dumps(sys.argv[2:]).encode() + b"\\n")
open_ends = [0, connection.fileno()]
while connection.fileno() in open_ends:
    for end in select.select(open_ends, [], [])[0]:
        data = os.read(end, 65536)
        if not data:
            open_ends.remove(end)
            if end == 0:
                connection.shutdown(socket.SHUT_WR)
        elif end == 0:
            connection.sendall(data)
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
"""


class _TakesMail(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 elsewhere\r\n")
        takes_text = False
        for line in self.rfile:
            if takes_text:
                self.server.taken += line
                takes_text = line != b".\r\n"
                answer = b"" if takes_text else b"250 taken\r\n"
            elif line.upper().startswith(b"DATA"):
                takes_text, answer = True, b"354 go on\r\n"
            else:
                answer = b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n"
            self.wfile.write(answer)


class _RunsWhatIsAsked(socketserver.StreamRequestHandler):
    rbufsize = 0

    def handle(self):
        subprocess.run(json.loads(self.rfile.readline()), stdin=self.connection, stdout=self.connection)


class _MirrorsFiles(socketserver.StreamRequestHandler):
    rbufsize = 0

    def handle(self):
        subprocess.run(["rsync", "--daemon", f"--config={self.server.config}"], stdin=self.connection, stdout=self.connection)


class _Server(socketserver.ThreadingTCPServer):
    taken = b""  # mail
    config = None  # of rsync

    def __init__(self, host, port, handler):
        with host.elsewhere():
            super().__init__((NEIGHBOUR, port), handler)
        self.thread = threading.Thread(target=self.serve_forever, args=[0.05])
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


def mail_server(host):
    return _Server(host, 25, _TakesMail)


def shell_server(host):
    return _Server(host, 22, _RunsWhatIsAsked)


def mirror_server(host, directory):
    """For rsync, at the port of HTTPS: /all is the directory."""
    server = _Server(host, 443, _MirrorsFiles)
    server.config = directory.with_suffix(".conf")
    server.config.write_text(f"use chroot = no\nreverse lookup = no\n[all]\npath = {directory}\nread only = no\nuid = 0\ngid = 0\n")
    return server


def remote_shell(place):
    """A program that takes the words that ssh takes."""
    program = place / "remote-shell"
    program.write_text(REMOTE_SHELL)
    program.chmod(0o755)
    return program
