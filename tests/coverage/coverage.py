"""Which routes to client data each backend sees on each kernel, as the kernel tests have just shown: README's table.

    tests/coverage/coverage.py [--update] RESULTS

RESULTS is a directory with what runs of kernel_test have printed. Compares README.md with it; --update writes it there.
Exit: 0 README is right, 1 it is not, or a test failed, 2 wrong usage.
"""

import argparse
import fnmatch
import pathlib
import re
import sys

sys.dont_write_bytecode = True

from routes import ROUTES

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- coverage: what tests/coverage/coverage.py writes -->\n", "<!-- coverage: end -->\n"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
WHERE = re.compile(r"^watching by (?P<backend>\w+) on Linux (?P<kernel>\d+\.\d+)")
OUTCOME = re.compile(r"^\[ +(?P<outcome>OK|FAILED|SKIPPED) +\] (?P<test>[\w/.]+\.[\w/]+)")
NOT_SEEN = "not seen: "  # how a test says that it is the backend that cannot
SEEN, PARTLY, UNSEEN, FAILED, UNKNOWN = "✓", "partly", "–", "**fails**", "?"


def read_run(lines):
    """(kernel, backend), {test: outcome} of what kernel_test has printed; outcomes are SEEN, UNSEEN, FAILED.

    What this machine lacks, as a file system that can do something, says nothing of the backend: it is left out.
    """
    where, outcomes, is_unseen = None, {}, False
    for line in map(lambda raw: COLOR.sub("", raw).rstrip(), lines):
        place, result = WHERE.match(line), OUTCOME.match(line)
        if place:
            where = (place["kernel"], place["backend"])
        elif line.startswith(NOT_SEEN):
            is_unseen = True
        elif result:
            outcome = {"OK": SEEN, "FAILED": FAILED, "SKIPPED": UNSEEN if is_unseen else None}[result["outcome"]]
            if result["test"] not in outcomes:  # the summary at the end repeats some
                outcomes[result["test"]] = outcome
            is_unseen = False
    return where, outcomes


def cell(outcomes, patterns):
    tests = {test: outcome for test, outcome in outcomes.items() if any(fnmatch.fnmatchcase(test, one) for one in patterns)}
    told = {outcome for outcome in tests.values() if outcome}
    if FAILED in told:
        return FAILED
    if not told:
        return UNKNOWN
    return PARTLY if len(told) > 1 else told.pop()


def unmatched(runs):
    """Patterns of no test: of a test that has another name by now."""
    known = {test for outcomes in runs.values() for test in outcomes}
    return [pattern for rows in ROUTES.values() for patterns in rows.values() for pattern in patterns
            if not any(fnmatch.fnmatchcase(test, pattern) for test in known)]


def order(where):
    kernel, backend = where
    return [int(part) for part in kernel.split(".")], ["lsm", "fentry", "syscalls"].index(backend)


def table_of(runs):
    """Of a table: the names of the columns, and for each row its heading, name and cells."""
    columns = sorted(runs, key=order)
    rows = [(heading, route, [cell(runs[where], patterns) for where in columns])
            for heading, routes in ROUTES.items() for route, patterns in routes.items()]
    return [f"{kernel} {backend}" for kernel, backend in columns], rows


def markdown(columns, rows):
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " :-: |" * len(columns)]
    last = None
    for heading, route, cells in rows:
        if heading != last:
            lines.append(f"| **{heading}** |" + " |" * len(columns))
        last = heading
        lines.append(f"| {route} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def written(text):
    """A table as README has it: {(column, route): cell}."""
    lines = [[part.strip() for part in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    columns = lines[0][1:] if lines else []
    return {(column, line[0]): value for line in lines[2:] for column, value in zip(columns, line[1:])}


def main():
    parser = argparse.ArgumentParser(prog="tests/coverage/coverage.py", description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the table into README.md")
    parser.add_argument("results", type=pathlib.Path)
    options = parser.parse_args()
    runs = {}
    for file in sorted(options.results.glob("*.log")):
        where, outcomes = read_run(file.read_text(errors="replace").splitlines())
        if where:
            runs[where] = outcomes
    if not runs:
        parser.error(f"no results of kernel tests in {options.results}: run `ctest -L 'kernel|vm'` first")
    columns, rows = table_of(runs)
    new = markdown(columns, rows)
    print(new)
    complaints = [f"no test matches {pattern}" for pattern in unmatched(runs)]
    complaints += [f"{route}: fails" for _, route, cells in rows if FAILED in cells]
    head, rest = README.read_text().split(BEGIN)
    old, tail = rest.split(END)
    if options.update and not complaints:
        README.write_text(head + BEGIN + new + END + tail)
    elif not options.update:
        complaints += differences(old, new)
    for complaint in complaints:
        print(f"coverage: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


def differences(old, new):
    """What was shown now and is not in README. A column that README has not, as of another kernel than its author's, and what
    could not be tried here are no difference."""
    known, shown = written(old), written(new)
    columns = {column for column, _ in known}
    wrong = [f"README.md says {known.get(place, 'nothing')!r} of {place[1]!r} on {place[0]}, the tests {value!r}"
             for place, value in shown.items()
             if place[0] in columns and value not in (UNKNOWN, known.get(place))]
    routes = {route for rows in ROUTES.values() for route in rows} | {f"**{heading}**" for heading in ROUTES}
    wrong += [f"README.md has {route!r}, which is no route" for route in sorted({route for _, route in known} - routes)]
    return wrong + (["to mend it: tests/coverage/coverage.py --update RESULTS"] if wrong else [])


if __name__ == "__main__":
    sys.exit(main())
