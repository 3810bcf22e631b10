"""Other monitors of file access, as an administrator would run them for this job."""
import contextlib
import os
import re
import subprocess

from monitors.monitor import LogMonitor

HERE = os.path.dirname(os.path.abspath(__file__))


class Bpftrace(LogMonitor):
    """openat traced by path prefix (see opens.bt); compares the string that the caller passed."""

    program = "bpftrace"

    def __init__(self):
        super().__init__("bpftrace")

    @contextlib.contextmanager
    def running(self, scratch, cpu):
        with tracefs(), super().running(scratch, cpu):
            yield

    def command(self):
        prefix = f"{self.scratch.tree}/watched/"
        with open(f"{HERE}/opens.bt") as file:
            script = file.read().replace("@PREFIX@", prefix).replace("@LENGTH@", str(len(prefix)))
        with open(f"{self.directory}/opens.bt", "w") as file:
            file.write(script)
        return ["bpftrace", "-B", "full", "-o", self.log, f"{self.directory}/opens.bt"]

    def environment(self):
        return dict(os.environ, BPFTRACE_STRLEN="128", BPFTRACE_PERF_RB_PAGES="1024")

    def lost(self):
        words = ""
        for name in (self.log, self.output):
            with open(name, errors="replace") as file:
                words += "".join(line for line in file if line.startswith("Lost"))
        return sum(map(int, re.findall(r"Lost (\d+) events", words)))


@contextlib.contextmanager
def tracefs():
    """bpftrace finds tracepoints there; nothing mounts it on a machine without systemd."""
    mounted = not os.path.exists("/sys/kernel/tracing/events") and not subprocess.run(
        ["mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing"], stderr=subprocess.DEVNULL).returncode
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "/sys/kernel/tracing"], stderr=subprocess.DEVNULL)


class Fatrace(LogMonitor):
    """fanotify on the tree's file system, opens only. The kernel merges equal events that wait, so it cannot tell
    what it lost."""

    program = "fatrace"

    def __init__(self):
        super().__init__("fatrace")

    def environment(self):
        return dict(os.environ, LC_ALL="C.UTF-8")

    def command(self):
        # -c: the file system of the working directory only.
        return ["sh", "-c", f'cd "{self.scratch.tree}" && exec fatrace -c -f O -o "{self.log}"']
