"""Words that have no business here: waiting for luck, leftovers, the paths of one machine."""

import re

from tree import Complaint

# Written so that this file does not find itself.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
CPP_SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
SHELL_SLEEP = re.compile(r"(^|[;&|(]|\bdo\b|\bthen\b)\s*sleep\s+[0-9.$\"]")
PYTHON_SLEEP = re.compile(r"\btime\.sleep\(")


# A loop that waits for a condition has to pause between two looks; such a line says so in a comment.
POLL = re.compile(r"(//|#).*\bpolls\b")
# A measurement is made of time: the benchmark paces itself and is no test.
PACED = "tests/bench/"


def check(tree):
    yield from leftovers(tree)
    yield from sleeps(tree)
    yield from machine_paths(tree)


def leftovers(tree):
    for path in tree.files:
        for number, line in tree.lines(path):
            if LEFTOVER.search(line):
                yield Complaint(path, number, "a leftover", "do it, or file an issue and delete the remark")


def sleeps(tree):
    shell, python = set(tree.scripts("sh", "bash")), set(tree.scripts("python3")) | set(tree.ending(".py"))
    for path in tree.files:
        if not path.startswith("tests/") or path.startswith(PACED):
            continue
        if path.endswith((".cc", ".h", ".c")):
            pattern = CPP_SLEEP
        elif path in python:
            pattern = PYTHON_SLEEP
        elif path in shell:
            pattern = SHELL_SLEEP
        else:
            continue
        for number, line in tree.lines(path):
            if pattern.search(line) and not POLL.search(line) and not line.lstrip().startswith(("//", "#")):
                yield Complaint(path, number, "a test sleeps",
                                "wait on the condition itself, with a deadline (a pause between two looks says that it polls)")


def machine_paths(tree):
    """The place of this very checkout, or its parent when that says something, written into a file."""
    places = {str(tree.root)}
    if len(tree.root.parent.parts) > 1 and str(tree.root.parent) not in ("/home", "/root", "/tmp", "/srv", "/opt"):
        places.add(str(tree.root.parent))
    pattern = re.compile("|".join(re.escape(place) + r"(?![\w.-])" for place in sorted(places, reverse=True)))
    for path in tree.files:
        for number, line in tree.lines(path):
            if pattern.search(line):
                yield Complaint(path, number, "a path of the machine it was written on", "make it relative, or ask CMake or the environment")
