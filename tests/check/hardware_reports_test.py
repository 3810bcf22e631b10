"""debian/hardware-reports against programs that answer as smartctl and ipmi-chassis do."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "debian" / "hardware-reports"
SMARTCTL = """\
#!/bin/sh
case $1 in
  --scan-open)
    echo '/dev/sda -d sat # /dev/sda [SAT], ATA device'
    echo '/dev/bus/0 -d megaraid,4 # /dev/bus/0 [megaraid_disk_04], SCSI device'
    echo '/dev/sdc -d scsi # gone'
    echo '# /dev/sdd -d scsi # /dev/sdd, SCSI device open failed' ;;
  *)
    [ "$6" = /dev/sdc ] && exit 2
    echo "{\\"asked\\": \\"$*\\"}"
    exit 8 ;;
esac
"""


class HardwareReports(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place, self.tools = pathlib.Path(place.name), pathlib.Path(place.name) / "tools"
        self.tools.mkdir()

    def tool(self, name, text):
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def reports(self):
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin"}
        subprocess.run([SCRIPT, self.place / "reports"], env=environment, check=True)
        return {str(path.relative_to(self.place / "reports")): path.read_text()
                for path in (self.place / "reports").rglob("*") if path.is_file()}

    def test_each_disk_has_one_also_when_it_says_that_it_fails(self):
        self.tool("smartctl", SMARTCTL)
        self.tool("ipmi-chassis", "#!/bin/sh\nexit 1\n")
        self.assertEqual(self.reports(), {
            "smart/sda-d-sat.json": '{"asked": "-j -H -A -d sat /dev/sda"}\n',
            "smart/bus-0-d-megaraid-4.json": '{"asked": "-j -H -A -d megaraid,4 /dev/bus/0"}\n'})
        self.tool("smartctl", SMARTCTL.replace("    echo '/dev/sda -d sat # /dev/sda [SAT], ATA device'\n", ""))
        self.assertEqual(list(self.reports()), ["smart/bus-0-d-megaraid-4.json"], "a disk that is gone")
        self.assertEqual((self.place / "reports").stat().st_mode & 0o77, 0)

    def test_what_gives_no_answer_any_more_leaves_the_last_one_to_grow_old(self):
        self.tool("smartctl", "#!/bin/sh\nexit 1\n")
        # As FreeIPMI does, which takes one command at a time.
        self.tool("ipmi-chassis", '#!/bin/sh\n[ $# = 1 ] || { echo Multiple commands specified >&2; exit 1; }\necho "asked for $1"\n')
        first = self.reports()
        self.assertEqual(first, {"ipmi-chassis.txt": "asked for --get-chassis-status\nasked for --get-chassis-capabilities\n"})
        self.tool("ipmi-chassis", "#!/bin/sh\necho half; exit 1\n")
        self.assertEqual(self.reports(), first)


if __name__ == "__main__":
    unittest.main()
