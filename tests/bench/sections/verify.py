"""How long does it take to verify the evidence, beside hashing the same files once?"""
import os
import statistics
import subprocess
import time

from samples import progress
from table import ratio, table

MEGABYTES, QUICK_MEGABYTES = 1024, 64
FINDING_BYTES = 1000  # about what a finding has
HASHED, VERIFIED = "sha256sum", "purposewatch verify"
TARGET = 1.2


def run(bench):
    write_log = os.path.normpath(f"{os.path.dirname(bench.program)}/../tests/bench/write_log")
    if not os.access(write_log, os.X_OK):
        return f"left out: {write_log} is not built.\n"
    megabytes = QUICK_MEGABYTES if bench.quick else MEGABYTES
    samples = []
    with bench.scratch.directory("state") as state:
        progress(f"  writing {megabytes} MB")
        subprocess.run([write_log, f"{state}/evidence", str(megabytes), str(FINDING_BYTES)], check=True)
        segments = sorted(f"{state}/evidence/{name}" for name in os.listdir(f"{state}/evidence") if name.endswith(".evidence"))
        commands = {HASHED: ["sha256sum", *segments], VERIFIED: [bench.program, "verify", "--state-dir", state]}
        for number in range(bench.rounds):
            for name, command in commands.items():
                samples.append({"round": number, "monitor": name, **measured(command)})
    bench.record("verify", samples)
    return report(samples, megabytes)


def measured(command):
    """Seconds of one run that has to succeed: on the clock, and of CPU."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return {"wall_s": time.monotonic() - began, "cpu_s": usage.ru_utime + usage.ru_stime}


def report(samples, megabytes):
    def median(name, what):
        return statistics.median(sample[what] for sample in samples if sample["monitor"] == name)
    rows = []
    for name in (HASHED, VERIFIED):
        wall, cpu = median(name, "wall_s"), median(name, "cpu_s")
        of_hashing = cpu / max(median(HASHED, "cpu_s"), 1e-9)
        rows.append([name, f"{wall:.2f}", f"{cpu:.2f}", f"{megabytes / max(cpu, 1e-9):.0f}", ratio(of_hashing, TARGET)])
    return table([f"{megabytes} MB of evidence", "wall, s", "CPU, s", "MB per s of CPU", "× sha256sum"], rows) + "\n"
