"""auditd with one watch rule, and the care it takes to measure anything else on the same machine.

Audit leaves a trace: once it was enabled, every task forked later carries an audit context and pays for each
system call, with no rule and no daemon (getpid costs nearly twice as much). The rule `-a never,task` undoes that for
tasks forked from then on, so it is loaded whenever auditd is not what is measured: the bare machine is then what it
would be had audit never run.
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys

import processes
from monitors.monitor import LogMonitor

NEVER = ["-a", "never,task"]
CONFIGURATION = """\
local_events = yes
write_logs = yes
log_file = {log}
log_group = root
log_format = RAW
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 4096
num_logs = 2
max_log_file_action = IGNORE
priority_boost = 4
name_format = NONE
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
verify_email = no
q_depth = 2000
overflow_action = IGNORE
"""


def auditctl(*arguments):
    done = subprocess.run(["auditctl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def status(field):
    found = re.search(rf"^{field} (\d+)", auditctl("-s"), re.M)
    return int(found.group(1)) if found else None


class AuditGuard:
    """Around the whole run: the never,task rule inside, the machine's own audit settings put back at the end."""

    def __enter__(self):
        self.refusal = self._refusal()
        self.was_enabled = False  # by us, and so the trace is there
        if not self.refusal:
            self._before = {option: status(field) for option, field in (("-b", "backlog_limit"), ("-e", "enabled"))}
            self._had_never = "never,task" in auditctl("-l")
            self.quiet()
        return self

    def _refusal(self):
        if not shutil.which("auditctl"):
            return "auditctl is not installed"
        if (enabled := status("enabled")) is None:
            return "this kernel lets nobody use audit here"
        if enabled == 2:
            return "audit is locked until the next boot"
        if "No rules" not in (rules := auditctl("-l")) and rules.split() != NEVER:
            return "this machine has audit rules of its own, which stay untouched"
        return "an audit daemon is running" if status("pid") else None

    def quiet(self):
        auditctl("-D")
        auditctl("-e", "0")
        auditctl(*NEVER)

    def __exit__(self, *_):
        if self.refusal:
            return
        self.quiet()
        for option, value in self._before.items():
            auditctl(option, str(value))
        if not self.was_enabled and not self._had_never:
            auditctl("-D")
        elif not self._had_never:
            print("note: the audit rule '-a never,task' stays loaded: without it every program started from now on "
                  "would be slower, until a reboot (auditctl -D removes it)", file=sys.stderr)


class Auditd(LogMonitor):
    program = "auditd"
    kernel_thread = "kauditd"

    def __init__(self, guard):
        super().__init__("auditd")
        self.guard = guard

    def missing(self):
        return self.guard.refusal or super().missing()

    def command(self):
        os.mkdir(f"{self.directory}/plugins.d")
        with open(f"{self.directory}/auditd.conf", "w") as file:
            file.write(CONFIGURATION.format(log=self.log))
        os.chmod(f"{self.directory}/auditd.conf", 0o640)
        return ["auditd", "-n", "-c", self.directory]

    @contextlib.contextmanager
    def running(self, scratch, cpu):
        self.guard.was_enabled = True
        try:
            with super().running(scratch, cpu):
                yield
        finally:
            self.guard.quiet()

    def wait_until_ready(self):
        self.wait_until(lambda: status("pid") == self.process.pid, "did not register with the kernel")
        auditctl("-D")
        auditctl("-b", "8192")
        auditctl("--reset-lost")
        auditctl("-w", f"{self.scratch.tree}/watched", "-p", "r", "-k", "bench")
        super().wait_until_ready()

    def lost(self):
        return status("lost")

    def stop(self):
        auditctl("-D")
        processes.stop(self.process, signal.SIGTERM)
