"""The project's own files, and what a check says about one of them."""

import pathlib
import subprocess
from typing import NamedTuple


class Complaint(NamedTuple):
    path: str
    line: int
    what: str
    mend: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}; {self.mend}"


class Tree:
    """Every file under a root that git tracks or would track; all of them where there is no git."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.files = sorted(self._git_files() or self._all_files())
        self._texts = {}

    def _git_files(self):
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            listing = subprocess.run(command, capture_output=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return []
        names = [name for name in listing.decode().split("\0") if name]
        return [name for name in names if (self.root / name).is_file()]

    def _all_files(self):
        return [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]

    def ending(self, *endings):
        return [name for name in self.files if name.endswith(endings)]

    def cpp(self):
        """The C and C++ files, the kernel side among them."""
        return self.ending(".cc", ".h", ".c")

    def scripts(self, *interpreters):
        """The files whose first line names one of the interpreters."""
        return [name for name in self.files if self._interpreter(name) in interpreters]

    def _interpreter(self, name):
        first = self.text(name).split("\n", 1)[0]
        return first.split("/")[-1].split()[-1] if first.startswith("#!") and first[2:].strip() else ""

    def text(self, name):
        """The file as text; empty when it holds bytes that are not (pictures, corpus files)."""
        if name not in self._texts:
            try:
                self._texts[name] = (self.root / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                self._texts[name] = ""
        return self._texts[name]

    def lines(self, name):
        """(number, line) of each line, numbered from 1."""
        return enumerate(self.text(name).splitlines(), start=1)
