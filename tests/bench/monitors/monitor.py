"""What every monitor under test has in common; on its own: the bare machine."""
import contextlib
import os
import shutil
import subprocess
import time

import processes

IDLE_CPU_SHARE = 0.1
POLL_S = 0.1
DRAIN_WITHIN_S = 60


class Monitor:
    """Starts, says how much it has delivered and what that cost, and stops."""

    def __init__(self, name="bare"):
        self.name = name

    def missing(self):
        """Why it cannot take part here; None when it can."""
        return None

    @contextlib.contextmanager
    def running(self, scratch, cpu):
        yield

    def flush(self):
        """Has the monitor write out what it still buffers."""

    def delivered(self):
        """Accesses to watched files reported so far; None when there is nobody to report any."""
        return None

    def lost(self):
        """Accesses it says it lost so far; None when it cannot say."""
        return None

    def cpu_ns(self):
        return 0

    def drain(self, made_findings=True):
        """Waits until the monitor has worked off what happened so far; findings may take it longer to write."""


class LogMonitor(Monitor):
    """A program that writes a line for each access into a file."""

    # Every line about a file of the load holds this, and no other line does.
    MARK = b"/watched/dom"
    kernel_thread = None
    quiet_s = 0.2
    folds_for_s = 0  # how long it may hold a finding back

    def missing(self):
        return None if shutil.which(self.program) else f"{self.program} is not installed"

    @contextlib.contextmanager
    def running(self, scratch, cpu):
        with scratch.directory(self.name) as directory:
            self.scratch, self.directory = scratch, directory
            self.log, self.output = f"{directory}/log", f"{directory}/output"
            self._position, self._delivered = 0, 0
            started = time.monotonic()
            self.process = processes.start(self.command(), cpu, self.output, cwd=directory, env=self.environment())
            try:
                self.wait_until_ready()
                self.ready_s = time.monotonic() - started
                yield
            finally:
                self.stop()

    def environment(self):
        return dict(os.environ)

    def stop(self):
        processes.stop(self.process)

    def wait_until_ready(self):
        """Watching is when an access is seen, not when the program says so."""
        self.wait_until(self._probe_is_seen, "never saw an access")

    def wait_until(self, condition, what):
        processes.wait_until(condition, f"{self.name} {what}", self.process, self.output)

    def _probe_is_seen(self):
        self.touch_probe()
        with contextlib.suppress(FileNotFoundError), open(self.log, "rb") as file:
            return b"/watched/probe" in file.read()
        return False

    def flush(self):
        # Monitors that write through stdio keep the last 4 KiB back: accesses to a file of no interest push them out.
        self.touch_probe()

    def touch_probe(self):
        """Many accesses to a watched file that is none of the load's; by a new process, since one that was forked
        before audit was enabled is invisible to it. It holds no pipe of ours, which would be followed."""
        script = f'i=0; while [ $i -lt 200 ]; do : < "{self.scratch.probe}"; i=$((i + 1)); done'
        subprocess.run(["sh", "-c", script], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def count_in(self, line):
        """Accesses to the load's files that this line of the log stands for."""
        return 1 if self.MARK in line else 0

    def delivered(self):
        with contextlib.suppress(FileNotFoundError), open(self.log, "rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._position += len(line)
                self._delivered += self.count_in(line)
        return self._delivered

    def cpu_ns(self):
        """Its own CPU time and that of the kernel thread that works for it alone."""
        thread = processes.pid_of_kernel_thread(self.kernel_thread) if self.kernel_thread else None
        return processes.cpu_ns([self.process.pid] + ([thread] if thread else []))

    def drain(self, made_findings=True):
        """Until nothing was written and hardly anything computed for a while."""
        quiet_for = self.quiet_s + (self.folds_for_s if made_findings else 0)
        self.flush()
        deadline, quiet, before = time.monotonic() + DRAIN_WITHIN_S, 0, (self.cpu_ns(), self._size())
        while quiet < quiet_for and time.monotonic() < deadline:
            time.sleep(POLL_S)
            now = (self.cpu_ns(), self._size())
            idle = now[0] - before[0] < IDLE_CPU_SHARE * POLL_S * 1e9 and now[1] == before[1]
            quiet, before = quiet + POLL_S if idle else 0, now

    def _size(self):
        return os.path.getsize(self.log)
