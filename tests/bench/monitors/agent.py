"""purposewatch itself."""
import contextlib
import os
import re
import signal
import socket
import urllib.error
import urllib.request

import processes
from monitors.monitor import LogMonitor


class Agent(LogMonitor):
    """The whole agent: policy, findings written to a file, metrics over HTTP. Every access must come out of it exactly
    once: a finding that stands for several says so in its `count`."""

    folds_for_s = 1  # a finding that stands for several waits no longer

    def __init__(self, program, policy, name="purposewatch", backend="auto"):
        super().__init__(name)
        self.program, self.policy, self.backend = program, policy, backend

    def missing(self):
        return None if os.access(self.program, os.X_OK) else f"{self.program} is not built"

    def command(self):
        with open(f"{self.directory}/policy.yaml", "w") as file:
            file.write(self.policy)
        os.mkdir(f"{self.directory}/state", 0o700)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        path = re.escape(f"{self.scratch.tree}/watched/dom".encode())
        self._finding = re.compile(rb'path":\s*"' + path)
        return [self.program, "run", "--policy", f"{self.directory}/policy.yaml",
                "--state-dir", f"{self.directory}/state", "--events", self.log,
                "--web.listen-address", self.address, "--backend", self.backend, "--pin-dir", "none"]

    def flush(self):
        """It keeps nothing back, and more accesses now might be what it loses."""

    def wait_until_ready(self):
        self.wait_until(self._says_ready, "did not become ready")
        super().wait_until_ready()

    def _says_ready(self):
        with contextlib.suppress(OSError, urllib.error.URLError):
            return urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5).status == 200
        return False

    def stop(self):
        processes.stop(self.process, signal.SIGTERM)

    def count_in(self, line):
        if not self._finding.search(line):
            return 0
        count = re.search(rb'count":\s*(\d+)', line)
        return int(count.group(1)) if count else 1

    def metrics(self):
        """{(name, labels as text): value}"""
        text = urllib.request.urlopen(f"http://{self.address}/metrics", timeout=10).read().decode()
        lines = re.findall(r"^([a-z_]+)(\{.*\})? (\S+)$", text, re.M)
        return {(name, labels): float(value) for name, labels, value in lines}

    def lost(self):
        return sum(int(value) for (name, _), value in self.metrics().items()
                   if name == "purposewatch_events_lost_total")

    def permitted(self):
        """Reads of the load's store that it counted as permitted so far."""
        return sum(int(value) for (name, labels), value in self.metrics().items()
                   if name == "purposewatch_accesses_total" and 'store="mail"' in labels and 'access="read"' in labels)

    def told(self):
        """Ways out of processes that carry data of the load's store, permitted or not, that it counted so far."""
        return sum(int(value) for (name, labels), value in self.metrics().items()
                   if name == "purposewatch_disclosures_total" and 'store="mail"' in labels)

    def backend_in_use(self):
        for (name, labels), value in self.metrics().items():
            backend = re.search(r'backend="(\w+)"', labels)
            if name == "purposewatch_hook_up" and value == 1 and backend and backend.group(1) != "all":
                return backend.group(1)
        return "unknown"

    def memory_kib(self):
        return processes.memory_kib(self.process.pid)
