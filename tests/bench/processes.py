"""Processes that the benchmark starts: pinned, stopped by it alone, and what /proc tells of them."""
import os
import re
import signal
import subprocess
import time

READY_WITHIN_S = 120  # loading programs into the kernel takes CPU that a busy machine has not
STOP_WITHIN_S = 15


def start(command, cpu, output, **options):
    """Starts a monitor in a session of its own, so that a ctrl-C reaches only the benchmark, which then stops it."""
    with open(output, "wb") as file:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                                start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}), **options)


def stop(process, how=signal.SIGINT):
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(condition, what, process, output):
    """Until `condition()` holds; an error with the last words of `process` when it ends or the deadline passes."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not condition():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            with open(output, errors="replace") as file:
                words = file.read()[-600:].strip()
            raise RuntimeError(f"{what}: {'it ended' if ended else 'not in time'}: {words}")
        time.sleep(0.05)


def cpu_ns(pids):
    """CPU time of all threads so far, in nanoseconds (/proc/PID/stat counts in ticks of 10 ms: too coarse here)."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def memory_kib(pid):
    """VmRSS and what it is made of, in KiB."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(re.findall(r"^(VmRSS|RssAnon|RssFile|RssShmem):\s+(\d+) kB", file.read(), re.M))
    return {name: int(value) for name, value in fields.items()}


def pid_of_kernel_thread(name):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as file:
                if file.read().strip() == name and not os.path.exists(f"/proc/{pid}/exe"):
                    return int(pid)
        except OSError:
            pass
    return None
