"""The place the benchmark works in: made at the start, gone at the end, whatever happens in between."""
import contextlib
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FILES_PER_TREE = 2000


class Scratch:
    """A tmpfs with the programs and everything that monitors write, and in it the trees on a file system of their own:
    ext4 without a journal on a loop device, so that no disk is measured and no other file shares it."""

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self.root = tempfile.mkdtemp(prefix="purposewatch-bench.")
            undo.callback(shutil.rmtree, self.root, ignore_errors=True)
            os.chmod(self.root, 0o755)
            self._mount(undo, "-t", "tmpfs", "-o", "mode=755,size=80%", "tmpfs", self.root)
            self.tree = f"{self.root}/tree"
            os.mkdir(self.tree)
            self._mount_tree(undo)
            # The same program twice: the policy knows `reader`, and `curious` only looks like it.
            self.reader, self.curious = f"{self.root}/reader", f"{self.root}/curious"
            compile_load(self.reader)
            shutil.copy(self.reader, self.curious)
            subprocess.run([self.reader, "setup", self.tree, str(FILES_PER_TREE)], check=True)
            self.probe = f"{self.tree}/watched/probe/probe/Maildir/probe"
            os.makedirs(os.path.dirname(self.probe))
            with open(self.probe, "w") as file:
                file.write("probe\n")
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        self._undo.close()

    def _mount_tree(self, undo):
        image = f"{self.root}/image"
        with open(image, "w") as file:
            file.truncate(512 << 20)
        # 10,000 store directories want more inodes than mkfs would give so small an image.
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", "-N", "131072", image], check=True)
        self._mount(undo, "-o", "loop,noatime", image, self.tree)

    def _mount(self, undo, *arguments):
        subprocess.run(["mount", *arguments], check=True)
        undo.callback(unmount, arguments[-1])

    @contextlib.contextmanager
    def directory(self, name):
        """An empty directory for one monitor's run."""
        path = f"{self.root}/{name}"
        os.mkdir(path, 0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def compile_load(program):
    # Static: it runs the same in the VM, and opens no libraries while it is watched.
    subprocess.run(["cc", "-O2", "-static", "-o", program, f"{HERE}/load.c", f"{HERE}/ways_out.c"], check=True)


def unmount(path):
    if subprocess.run(["umount", path], stderr=subprocess.DEVNULL).returncode:
        subprocess.run(["umount", "--lazy", path])  # busy: goes when its last user does
