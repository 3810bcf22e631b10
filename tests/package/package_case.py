"""What the tests of the package share: the .deb, and what stands in it."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = pathlib.Path(os.environ.get("PACKAGE_PLACE", ROOT / "build" / "release" / "package"))
PROGRAM_HERE = os.environ.get("PACKAGE_PROGRAM", ROOT / "build" / "release" / "agent" / "purposewatch")
SKIPPED = 77  # CTest's SKIP_RETURN_CODE


def the_package():
    found = list(PLACE.glob("purposewatch_*.deb"))
    assert len(found) == 1, f"one package in {PLACE}, made by tests/package/make-package: {found}"
    return found[0]


def field(package, name):
    return subprocess.run(["dpkg-deb", "--field", package, name], check=True, capture_output=True, text=True).stdout.strip()


def temporary_directory(case):
    """A pathlib.Path that is gone with the test, or with the tests of a class."""
    directory = tempfile.TemporaryDirectory(prefix="purposewatch-package-")
    add = case.addClassCleanup if isinstance(case, type) else case.addCleanup
    add(directory.cleanup)
    return pathlib.Path(directory.name)


def remade(package, directory, version, change):
    """The same package under another version, after `change(tree)`; its path."""
    tree = directory / f"tree-{version}"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(control.read_text().replace(f"Version: {field(package, 'Version')}\n", f"Version: {version}\n"))
    change(tree)
    made = directory / f"purposewatch_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, made], check=True, stdout=subprocess.DEVNULL)
    return made
