"""What looks like a host of its own to the programs that are started in it: /dev with a log that listens, /run, other directories
in the place of the host's, and, if asked for, a network with one neighbour. All of it ends with the process that holds it."""

import contextlib
import ctypes
import os
import subprocess
import sys

from waiting import wait_until

NEIGHBOUR = "192.0.2.9"
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
HOLD = """\
import ctypes, os, select, socket, subprocess, sys
place, neighbour, *moved = sys.argv[1:]
def run(words):
    subprocess.run(words.split(), check=True)
for name in os.listdir(f"{place}/dev"):
    if not os.path.islink(f"{place}/dev/{name}"):
        run(f"mount --bind /dev/{name} {place}/dev/{name}")
for own, over in zip(moved[::2], moved[1::2]):
    run(f"mount --rbind {place}/{own} {over}")
elsewhere = os.open("/proc/self/ns/net", os.O_RDONLY)
if neighbour:
    run("ip link add eth0 type veth peer name eth1")
    run(f"ip address add {neighbour}/24 dev eth1")
    run("ip link set eth1 up")
    assert ctypes.CDLL(None).unshare(0x40000000) == 0  # CLONE_NEWNET
    run(f"nsenter --net=/proc/{os.getpid()}/fd/{elsewhere} ip link set eth0 netns {os.getpid()}")
    run("ip address add 192.0.2.1/24 dev eth0")
    run("ip link set eth0 up")
    run("ip link set lo up")
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
os.chmod("/dev/log", 0o666)
print(elsewhere, flush=True)
with open(f"{place}/syslog", "wb", 0) as file:
    while sys.stdin not in select.select([sys.stdin, log], [], [])[0]:
        file.write(log.recv(65536) + b"\\n")
"""


def _set_namespace(path, kind):
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, kind) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(descriptor)


class PrivateHost:
    def __init__(self, place, moved=(), has_network=False):
        """place: a directory; moved: [(name of a directory in there, the host's that it covers)]. OSError when there can be none."""
        self.place = place
        for name in ("dev/shm", "run"):
            (place / name).mkdir(parents=True, exist_ok=True)
        for name in DEVICES:
            (place / "dev" / name).touch()
        for name, target in (("stdin", "0"), ("stdout", "1"), ("stderr", "2"), ("fd", "")):
            (place / "dev" / name).symlink_to(f"/proc/self/fd/{target}")
        unshare = ["unshare", "--mount", "--propagation", "private", *(["--net"] * has_network)]
        words = [str(place), NEIGHBOUR if has_network else "", "dev", "/dev", "run", "/run", *(name for pair in moved for name in pair)]
        self.process = subprocess.Popen([*unshare, sys.executable, "-c", HOLD, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self._elsewhere = self.process.stdout.readline().strip().decode()
        if not self._elsewhere:
            raise OSError(self.process.communicate()[1].decode(errors="replace"))

    def enter(self):
        """To be called between fork and exec."""
        _set_namespace(f"/proc/{self.process.pid}/ns/mnt", CLONE_NEWNS)
        _set_namespace(f"/proc/{self.process.pid}/ns/net", CLONE_NEWNET)

    def network(self):
        """Within, this thread's sockets are of this host."""
        return self._network("ns/net")

    def elsewhere(self):
        """Within, they are of its neighbour."""
        return self._network(f"fd/{self._elsewhere}")

    @contextlib.contextmanager
    def _network(self, name):
        with open("/proc/thread-self/ns/net", "rb") as before:
            _set_namespace(f"/proc/{self.process.pid}/{name}", CLONE_NEWNET)
            try:
                yield
            finally:
                _set_namespace(f"/proc/self/fd/{before.fileno()}", CLONE_NEWNET)

    def log(self):
        return (self.place / "syslog").read_text(errors="replace")

    def await_log(self, *texts):
        wait_until(lambda: all(text in self.log() for text in texts), lambda: f"{texts} in the log:\n{self.log()}", 30)

    def remove(self):
        self.process.communicate()
