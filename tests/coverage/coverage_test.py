"""The coverage table says what the tests have shown, and nothing else."""

import sys
import unittest

sys.dont_write_bytecode = True

from coverage import FAILED, PARTLY, SEEN, UNKNOWN, UNSEEN, cell, differences, markdown, order, read_run, unmatched, written
from routes import ROUTES

PRINTED = """\
\x1b[0;32m[ RUN      ] \x1b[mA.Seen
watching by lsm on Linux 6.12.30
\x1b[0;32m[       OK ] \x1b[mA.Seen (5 ms)
[ RUN      ] A.Unseen
tests/kernel/a_test.cc:17: Skipped
not seen: mounts
[  SKIPPED ] A.Unseen (1 ms)
[ RUN      ] A.Lacking
tests/kernel/a_test.cc:18: Skipped
this file system knows no reflink
[  SKIPPED ] A.Lacking (1 ms)
[ RUN      ] P/A.Wrong/1
[  FAILED  ] P/A.Wrong/1, where GetParam() = "x" (2 ms)
[  SKIPPED ] 2 tests, listed below:
[  SKIPPED ] A.Unseen
[  SKIPPED ] A.Lacking
"""
OUTCOMES = {"A.Seen": SEEN, "A.Unseen": UNSEEN, "A.Lacking": None, "P/A.Wrong/1": FAILED}


class Coverage(unittest.TestCase):
    def test_what_a_run_printed_is_read(self):
        self.assertEqual(read_run(PRINTED.splitlines()), (("6.12", "lsm"), OUTCOMES))

    def test_a_run_that_watched_nothing_is_none(self):
        self.assertEqual(read_run(["no such program"]), (None, {}))

    def test_a_cell_is_what_all_its_tests_say(self):
        for patterns, expected in ((["A.Seen"], SEEN), (["A.Unseen"], UNSEEN), (["A.Seen", "A.Un*"], PARTLY), (["A.Lacking"], UNKNOWN),
                                   (["A.Seen", "A.Lacking"], SEEN), (["A.*", "P/*"], FAILED), (["B.*"], UNKNOWN)):
            self.assertEqual(cell(OUTCOMES, patterns), expected, patterns)

    def test_older_kernels_and_better_backends_come_first(self):
        columns = [("6.12", "syscalls"), ("6.12", "lsm"), ("6.1", "fentry"), ("6.1", "lsm")]
        self.assertEqual(sorted(columns, key=order), [columns[3], columns[2], columns[1], columns[0]])

    def test_a_pattern_of_no_test_is_told(self):
        self.assertIn("OverlaysInTheKernel.*", unmatched({("6.1", "lsm"): OUTCOMES}))

    def test_the_table_is_read_as_it_is_written(self):
        text = markdown(["6.1 lsm", "6.12 syscalls"], [("Names", "symlink", [SEEN, UNSEEN]), ("Calls", "mmap", [SEEN, SEEN])])
        self.assertEqual({place: value for place, value in written(text).items() if value},
                         {("6.1 lsm", "symlink"): SEEN, ("6.12 syscalls", "symlink"): UNSEEN,
                          ("6.1 lsm", "mmap"): SEEN, ("6.12 syscalls", "mmap"): SEEN})

    def test_a_readme_that_says_something_else_is_told(self):
        route = next(iter(ROUTES["Other calls"]))

        def wrong(says, shows, column="6.1 lsm"):
            return differences(markdown(["6.1 lsm"], [("Other calls", route, [says])]), markdown([column], [("Other calls", route, [shows])]))
        self.assertEqual(len(wrong(SEEN, UNSEEN)), 2)
        self.assertEqual(wrong(SEEN, SEEN), [])
        self.assertEqual(wrong(SEEN, UNKNOWN), [], "it could not be tried here")
        self.assertEqual(wrong(SEEN, UNSEEN, "6.18 syscalls"), [], "another kernel than README's")
        old = markdown(["6.1 lsm"], [("Other calls", "a route that was", [SEEN])])
        self.assertEqual(len(differences(old, markdown(["6.1 lsm"], []))), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
