"""Shell and Python scripts parse, can be executed, and shellcheck has nothing to say about them."""

import re
import shutil
import subprocess

from tree import Complaint


def check(tree):
    for path in tree.scripts("sh", "bash", "python3"):
        if not (tree.root / path).stat().st_mode & 0o111:
            yield Complaint(path, 1, "starts with #! but cannot be executed", f"chmod +x {path}, or drop the line")
    for path in tree.scripts("bash"):
        yield from findings(tree, ["bash", "-n", path], r"line (\d+): (.*)", path)
    if not shutil.which("shellcheck"):
        yield Complaint("debian/dependencies.txt", 1, "shellcheck is not installed", "run debian/install-dependencies test")
        return
    shell = tree.scripts("sh", "bash")
    if shell:
        yield from findings(tree, ["shellcheck", "--format=gcc", "--severity=warning", *shell], r"^([^:]+):(\d+):\d+: (.*)")
    for path in sorted(set(tree.scripts("python3")) | set(tree.ending(".py"))):
        try:
            compile(tree.text(path), path, "exec")
        except SyntaxError as error:
            yield Complaint(path, error.lineno or 1, f"does not parse: {error.msg}", "mend the syntax")


def findings(tree, command, pattern, path=None):
    output = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    for line in (output.stdout + output.stderr).splitlines():
        found = re.search(pattern, line)
        if found and path:
            yield Complaint(path, int(found[1]), found[2], "mend the syntax")
        elif found:
            yield Complaint(found[1], int(found[2]), found[3], "follow shellcheck, or disable it there with the reason beside it")
