"""Clients of the control socket, and of the web server, that mean harm: the agent goes on watching, answers the others, and
does not grow."""

import pathlib
import socket
import struct
import threading

from agent import Agent
from e2e_case import PROGRAM, AgentCase, main
from waiting import wait_until

READS = 200
GROWTH_MAX_BYTES = 48 << 20  # 32 who follow and do not read hold a MiB each


class HostileClients(AgentCase):
    def setUp(self):
        super().setUp()
        self.start_agent()
        self.ending = threading.Event()
        self.attackers = []
        self.addCleanup(self.end_attacks)

    def connect(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Python's own time-out would refuse to wait for the agent to accept.
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            client.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", 10, 0))
        try:
            client.connect(str(self.agent.state / "control.sock"))
        except OSError:
            client.close()
            raise
        return client

    def attack(self, act):
        """Again and again on a thread of its own: act(), which may fail as it likes."""
        def run():
            while not self.ending.is_set():
                try:
                    act()
                except OSError:
                    pass
        thread = threading.Thread(target=run)
        thread.start()
        self.attackers.append(thread)

    def end_attacks(self):
        self.ending.set()
        for thread in self.attackers:
            thread.join()
        self.attackers.clear()

    def of_process(self, field):
        status = pathlib.Path(f"/proc/{self.agent.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field + ":"))) << 10

    def descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.agent.process.pid}/fd").iterdir()))

    def test_the_agent_goes_on_whatever_they_do(self):
        descriptors, memory = self.descriptors(), self.of_process("VmRSS")
        held = []
        self.addCleanup(lambda: [client.close() for client in held])
        for _ in range(1000):  # who say nothing, or half of something
            client = self.connect()
            client.send(b"stat" if len(held) % 2 else b"\0\xff")
            held.append(client)
            if len(held) > 200:
                held.pop(0).close()
        for _ in range(32):  # who follow, and never read
            client = self.connect()
            client.send(b"events\n")
            held.append(client)

        def flood():
            with self.connect() as client:
                client.send(b"status\n")

        def endless_line():
            with self.connect() as client:
                client.sendall(b"x" * (1 << 20))
        self.attack(flood)
        self.attack(endless_line)
        for _ in range(READS):
            self.act(self.stranger, "read", str(self.mail))
        answer = self.agent.command("status", "--state-dir", self.agent.state)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertLessEqual(self.descriptors() - descriptors, 60)
        self.end_attacks()
        self.assert_counted(permitted=0, flagged=READS)
        self.assertLess(self.of_process("VmRSS") - memory, GROWTH_MAX_BYTES)
        for client in held:
            client.close()
        wait_until(lambda: self.descriptors() <= descriptors + 20, "what they held is free again", 10)


class FewDescriptors(AgentCase):
    def test_no_crowd_of_connections_takes_the_descriptors_that_it_works_with(self):
        limited = self.place.path / "limited"
        limited.write_text(f'#!/bin/sh\nulimit -n 440\nexec "{PROGRAM}" "$@"\n')
        limited.chmod(0o755)
        self.agent = Agent(limited, self.place.path, self.policy())
        self.addCleanup(self.agent.stop)
        self.agent.start()
        host, port = self.agent.url.rsplit("/", 1)[1].rsplit(":", 1)
        crowd = []
        self.addCleanup(lambda: [client.close() for client in crowd])
        for number in range(400):
            crowd.append(socket.create_connection((host, int(port)), timeout=10))
            crowd[-1].send(b"GET /metrics HTTP/1.1\r\n")
            if number < 100:
                self.act(self.stranger, "read", str(self.mail))
        self.assertEqual(self.agent.command("status", "--state-dir", self.agent.state).returncode, 0)
        self.agent.hang_up()  # which opens the policy, programs and maps anew
        self.act(self.stranger, "read", str(self.mail))
        for client in crowd:
            client.close()
        self.assert_counted(permitted=0, flagged=101)
        self.assertEqual(self.agent.total("config_last_reload_successful"), 1)
        self.assertEqual(self.agent.total("evidence_writable"), 1)
        self.assertNotIn("Too many open files", self.agent.log())


if __name__ == "__main__":
    main()
