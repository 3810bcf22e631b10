"""What stands in the package: its files, what it asks of dpkg, and what lintian and systemd say of it."""

import os
import re
import subprocess
import unittest

from package_case import ROOT, PROGRAM_HERE, field, temporary_directory, the_package

EXPOSURE_MAX = 3.5
POLICY = "etc/purposewatch/policy.d/policy.yaml"
# Any of these would give the agent a mount namespace (systemd.exec(5)), in which the policy's paths are not the host's.
OWN_MOUNTS = re.compile(r"^(Private(Tmp|Devices|Mounts|IPC|Users)|Protect(System|Home|Proc|KernelTunables|KernelModules|KernelLogs|ControlGroups)"
                        r"|ProcSubset|Root(Directory|Image)|(ReadOnly|ReadWrite|Inaccessible|NoExec|Exec)Paths|Bind(ReadOnly)?Paths"
                        r"|TemporaryFileSystem|MountImages|ExtensionImages|MountFlags|DynamicUser)=", re.M)
SHIPPED = {
    "etc/purposewatch/policy.d/policy.yaml": 0o644,
    "lib/systemd/system/purposewatch-hardware.service": 0o644,
    "lib/systemd/system/purposewatch-hardware.timer": 0o644,
    "lib/systemd/system/purposewatch.service": 0o644,
    "usr/lib/sysusers.d/purposewatch.conf": 0o644,
    "usr/lib/tmpfiles.d/purposewatch.conf": 0o644,
    "usr/libexec/purposewatch/hardware-reports": 0o755,
    "usr/sbin/purposewatch": 0o755,
    "usr/share/bash-completion/completions/purposewatch": 0o644,
    "usr/share/doc/purposewatch/GUIDE.md.gz": 0o644,
    "usr/share/doc/purposewatch/METRICS.md.gz": 0o644,
    "usr/share/doc/purposewatch/README.md.gz": 0o644,
    "usr/share/doc/purposewatch/changelog.gz": 0o644,
    "usr/share/doc/purposewatch/copyright": 0o644,
    "usr/share/doc/purposewatch/examples/mmshosting.yaml": 0o644,
    "usr/share/fish/vendor_completions.d/purposewatch.fish": 0o644,
    "usr/share/lintian/overrides/purposewatch": 0o644,
    "usr/share/man/man8/purposewatch.8.gz": 0o644,
    "usr/share/purposewatch/alertmanager/alertmanager.yml": 0o644,
    "usr/share/purposewatch/purposewatch-runbook.html": 0o644,
    "usr/share/zsh/vendor-completions/_purposewatch": 0o644,
}
# Of which there may be more with the next alert or dashboard.
SHIPPED_FOR_OTHERS = re.compile(r"usr/share/purposewatch/(alerts|alertmanager|dashboards)/[\w.-]+\.(yml|tmpl|json)")


class Contents(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.package = the_package()
        cls.tree = temporary_directory(cls) / "tree"
        subprocess.run(["dpkg-deb", "--raw-extract", cls.package, cls.tree], check=True)
        cls.unit = cls.tree / "lib/systemd/system/purposewatch.service"

    def control(self, name):
        file = self.tree / "DEBIAN" / name
        return file.read_text() if file.exists() else ""

    def test_it_holds_these_files_and_no_others(self):
        held = {str(path.relative_to(self.tree)): path.lstat().st_mode & 0o7777 for path in self.tree.rglob("*")
                if not path.is_dir() and self.tree / "DEBIAN" not in path.parents}
        for_others = {name for name in held if SHIPPED_FOR_OTHERS.fullmatch(name)}
        self.assertEqual({name: oct(mode) for name, mode in held.items() if name not in for_others},
                         {name: oct(mode) for name, mode in SHIPPED.items() if name not in for_others})
        self.assertEqual({held[name] for name in for_others}, {0o644})
        for kind in ("alerts", "alertmanager", "dashboards"):
            self.assertTrue(any(f"/{kind}/" in name for name in for_others), kind)

    def test_all_of_it_is_root_s_and_no_directory_is_open_to_others(self):
        listing = subprocess.run(["dpkg-deb", "--contents", self.package], check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            mode, owner = line.split()[:2]
            self.assertEqual(owner, "root/root", line)
            if mode.startswith("d"):
                self.assertEqual(mode, "drwxr-xr-x", line)

    def test_its_configuration_is_one_file_that_upgrades_leave_alone(self):
        self.assertEqual(self.control("conffiles"), f"/{POLICY}\n")

    def test_it_is_the_version_that_the_program_tells(self):
        told = subprocess.run([PROGRAM_HERE, "version"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(told.split()[1], field(self.package, "Version"))

    def test_it_depends_on_the_libraries_that_the_program_loads(self):
        needed = subprocess.run(["ldd", self.tree / "usr/sbin/purposewatch"], check=True, capture_output=True, text=True).stdout
        self.assertNotIn("not found", needed)
        depends = field(self.package, "Depends")
        for package in ("libc6 ", "libbpf1 ", "libssl3 ", "libmicrohttpd12 ", "tzdata"):
            self.assertIn(package, depends + " ")
        self.assertNotIn("-dev", depends)

    def test_upgrades_restart_the_agent_and_removal_ends_it(self):
        self.assertRegex(self.control("postinst"), r"deb-systemd-invoke \$_dh_action .*purposewatch\.service")
        self.assertNotIn("purposewatch-hardware.service", self.control("postinst"))
        self.assertRegex(self.control("prerm"), r"\[ \"\$1\" = remove \].*\n.*deb-systemd-invoke stop .*purposewatch\.service")

    def test_lintian_has_nothing_to_say(self):
        said = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", self.package],
                              capture_output=True, text=True, check=False)
        self.assertEqual((said.returncode, said.stdout), (0, ""), said.stderr)

    def test_the_unit_exposes_no_more_than_it_may(self):
        said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MAX * 10:.0f}", self.unit],
                              capture_output=True, text=True, check=False)
        verdict = said.stdout.splitlines()[-1]
        print(f"{verdict} (at most {EXPOSURE_MAX})", flush=True)
        self.assertEqual(said.returncode, 0, said.stdout)
        self.assertRegex(verdict, r"exposure level for purposewatch.service: [0-3]\.\d ")

    def test_the_agent_sees_the_host_s_own_file_system(self):
        self.assertEqual(OWN_MOUNTS.findall(self.unit.read_text()), [])

    def test_the_shells_understand_what_completes_their_words(self):
        completions = self.tree / "usr/share/bash-completion/completions/purposewatch"
        complete = (f"source {completions}; words=($(complete -p purposewatch)); COMP_WORDS=(purposewatch ver); COMP_CWORD=1; "
                    "${words[2]} purposewatch ver purposewatch; echo ${COMPREPLY[@]}")
        done = subprocess.run(["bash", "-c", complete], check=True, capture_output=True, text=True)
        self.assertEqual(sorted(done.stdout.split()), ["verify", "version"])

    def test_its_scripts_are_posix_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            subprocess.run(["sh", "-n", self.tree / "DEBIAN" / name], check=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
