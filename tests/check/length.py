"""A file has one subject. A long one usually has two."""

from tree import Complaint

LINES_MAX = 400

# Longer for a reason: path -> the reason. An entry that is no longer needed is complained about, too.
ALLOWED = {"bpf/abi.h": "the one header that both sides share: what crosses is read in one place"}


def check(tree, allowed=None):
    allowed = ALLOWED if allowed is None else allowed
    lengths = {path: len(tree.text(path).splitlines()) for path in counted(tree)}
    for path, length in lengths.items():
        if length > LINES_MAX and path not in allowed:
            yield Complaint(path, LINES_MAX + 1, f"{length} lines, {LINES_MAX} are the limit",
                            "split it by subject, or give the reason in tests/check/length.py")
    for path in allowed:
        if lengths.get(path, 0) <= LINES_MAX:
            yield Complaint("tests/check/length.py", 1, f"{path} is allowed to be long, but is not (or is gone)", "drop the entry")


def counted(tree):
    return sorted(set(tree.cpp()) | set(tree.ending(".py", ".cmake", "CMakeLists.txt")) | set(tree.scripts("sh", "bash", "python3")))
