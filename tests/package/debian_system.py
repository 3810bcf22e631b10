"""Debian 12 in a directory: made by debootstrap from the mirror that this machine's apt uses, and kept as a tar for the next time."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = "bookworm"
CACHE = pathlib.Path(os.environ.get("PURPOSEWATCH_PACKAGE_CACHE", ROOT / ".cache" / "package"))
# A process, and file systems, of its own: nothing is left mounted or running, whatever happens.
ISOLATED = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "sh", "-ec"]
ENTER = """\
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
exec chroot "$root" "$@"
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
               "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_COLORS": "0"}


# A system has ten thousand files, which a disk takes its time for.
IN_MEMORY = 'mount -t tmpfs -o size=75% purposewatch "$0" && exec "$@"'


class NotHere(Exception):
    """Why there can be none here."""


def in_memory():
    """Goes on as a process with temporary files of its own in memory, which end with it."""
    if "PACKAGE_IN_MEMORY" in os.environ:
        return
    place = CACHE / "memory"
    place.mkdir(parents=True, exist_ok=True)
    os.environ.update(PACKAGE_IN_MEMORY="yes", TMPDIR=str(place))
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-ec", IN_MEMORY, str(place), sys.executable, *sys.argv])


class DebianSystem:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def run(self, *words, within_s=300, **options):
        """The finished process, with its output as text; stderr goes where stdout does."""
        return subprocess.run([*ISOLATED, ENTER, "sh", str(self.directory), *map(str, words)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=within_s, env=ENVIRONMENT,
                              check=False, **options)

    def must(self, *words, **options):
        """The output of a command that has to succeed."""
        done = self.run(*words, **options)
        assert done.returncode == 0, f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}"
        return done.stdout

    def install(self, package):
        """A .deb with all that it depends on, as an administrator does it; answers apt's words."""
        shutil.copy(package, self.directory / "package.deb")
        try:
            return self.must("apt-get", "install", "--yes", "--no-install-recommends", "--allow-downgrades",
                             "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "/package.deb")
        finally:
            (self.directory / "package.deb").unlink()

    def path(self, name):
        return self.directory / name.lstrip("/")

    def copy_to(self, directory):
        subprocess.run(["cp", "-a", self.directory, directory], check=True)
        return DebianSystem(directory)

    def pack(self, tar, without=()):
        subprocess.run(["tar", "-C", self.directory, "--one-file-system", "-cf", tar, *(f"--exclude=./{name}" for name in without), "."],
                       check=True)


def minimal_system(directory, package):
    """A fresh one in `directory`, with what `package` depends on already fetched but not installed. NotHere when it cannot be had."""
    if not shutil.which("debootstrap"):
        raise NotHere("debootstrap is not installed: debian/install-dependencies test")
    CACHE.mkdir(parents=True, exist_ok=True)
    tar = CACHE / f"{RELEASE}.tar"
    wanted = subprocess.run(["dpkg-deb", "--field", package, "Depends"], check=True, capture_output=True, text=True).stdout
    with _locked(CACHE / "lock"):
        kept = CACHE / f"{RELEASE}.depends"
        if not (tar.exists() and kept.exists() and kept.read_text() == wanted):
            _make(tar, package)
            kept.write_text(wanted)
        pathlib.Path(directory).mkdir()
        subprocess.run(["tar", "-C", directory, "-xf", tar], check=True)
    return DebianSystem(directory)


def _make(tar, package):
    sources = _sources()
    if not sources:
        raise NotHere("apt knows no Debian mirror here: run 'apt-get update' as root")
    log = CACHE / "debootstrap.log"
    with tempfile.TemporaryDirectory() as place:
        tree = pathlib.Path(place) / "tree"
        with open(log, "w", encoding="utf-8") as output:
            made = subprocess.run(["debootstrap", "--variant=minbase", RELEASE, tree, sources[0].split()[1]], stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=output, check=False)
        if made.returncode != 0:
            raise NotHere(f"debootstrap cannot make one: {log.read_text(errors='replace').splitlines()[-1:]} ({log} has more)")
        (tree / "etc/apt/sources.list").write_text("".join(source + "\n" for source in sources))
        shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
        system = DebianSystem(tree)
        for words in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "--download-only", "/package.deb"]):
            shutil.copy(package, tree / "package.deb")
            done = system.run(*words, within_s=600)
            if done.returncode != 0:
                raise NotHere(f"{' '.join(words)}: {done.stdout[-500:]}")
        (tree / "package.deb").unlink()
        part = tar.with_suffix(".part")
        system.pack(part, without=["usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*", "usr/share/i18n/*"])
        part.rename(tar)


def _sources():
    """Lines for sources.list: where this machine's apt gets this release from, its own first."""
    asked = subprocess.run(["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages",
                            "Origin: Debian"], capture_output=True, text=True, check=False)
    lines = sorted({line for line in asked.stdout.splitlines() if line.split()[2].split("-")[0] == RELEASE}, key=lambda line: line.split()[2])
    return lines if lines and lines[0].split()[2] == RELEASE else []


@contextlib.contextmanager
def _locked(path):
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
