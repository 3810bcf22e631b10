"""C and C++ look the way .clang-format says."""

import re
import shutil
import subprocess

from tree import Complaint

TOOL = "clang-format-14"
# The kernel side is C and laid out by hand like its neighbours in the kernel: types and maps read as tables there.
BY_HAND = "bpf/"
WARNING = re.compile(r"^([^:]+):(\d+):\d+: error: code should be clang-formatted")


def check(tree):
    if not shutil.which(TOOL):
        yield Complaint("debian/dependencies.txt", 1, f"{TOOL} is not installed", "run debian/install-dependencies test")
        return
    files = [path for path in tree.cpp() if not path.startswith(BY_HAND)]
    if not files:
        return
    output = subprocess.run([TOOL, "--dry-run", "-Werror", *files], cwd=tree.root, capture_output=True, text=True, check=False)
    seen = set()
    for line in output.stderr.splitlines():
        found = WARNING.match(line)
        if found and found[1] not in seen:
            seen.add(found[1])
            yield Complaint(found[1], int(found[2]), "is not formatted", f"{TOOL} -i {found[1]}")
