#!/usr/bin/env python3
"""Would promtool's tests notice a wrong rule? Each expression, waiting time and label is made wrong in every way of a list, one at
a time, and some test has to fail. Takes minutes, so it is for tests/nightly and for whoever changes a rule.

  tests/alerts/mutations.py [ALERT...]      exit: 0 each was noticed, 1 some were not
"""

import copy
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import yaml

from rule_files import TESTS, promtool_tests, rules

# Another expression, but no wrong one: why, and which.
EQUAL = {
    "the other side of the operation is of that job alone": [
        ("PurposewatchAgentAbsent", "1:72 '{job=\"purposewatch\"}' -> ''"),
        ("PurposewatchAgentRestarted", "1:27 '{job=\"purposewatch\"}' -> ''"),
        ("PurposewatchAgentRestarted", "2:43 '{job=\"purposewatch\"}' -> ''"),
        ("PurposewatchEventsLost", "6:48 '{job=\"purposewatch\"}' -> ''"),
        ("PurposewatchTampering", "6:48 '{job=\"purposewatch\"}' -> ''"),
        ("PurposewatchEventsLost", "7:50 '{job=\"purposewatch\"}' -> ''"),
        ("PurposewatchTampering", "7:50 '{job=\"purposewatch\"}' -> ''"),
        ("purposewatch:open_threats:known", "4:31 '{job=\"purposewatch\"}' -> ''"),
        ("purposewatch:open_threats:known", "5:46 '{job=\"purposewatch\"}' -> ''"),
        ("purposewatch:grants_unreviewed:known", "4:31 '{job=\"purposewatch\"}' -> ''"),
        ("purposewatch:grants_unreviewed:known", "5:46 '{job=\"purposewatch\"}' -> ''"),
        ("purposewatch:evidence_records:known", "4:46 '{job=\"purposewatch\"}' -> ''"),
    ],
    "the shorter window of the two decides": [
        ("PurposewatchEventsLost", "6:69 '1h' -> '14400s'"),
        ("PurposewatchTampering", "6:69 '1h' -> '14400s'"),
        ("PurposewatchGrantNearExpiry", "1:60 '10m' -> '2400s'"),
        ("PurposewatchGrantNearExpiry", "3:62 '10m' -> '2400s'"),
        ("PurposewatchEvidenceSpaceLow", "1:61 '10m' -> '2400s'"),
        ("PurposewatchEvidenceSpaceLow", "2:62 '10m' -> '2400s'"),
        ("PurposewatchManyHosts", "2:71 '1h' -> '14400s'"),
    ],
    "differs when an agent was down for an hour, four hours ago": [("PurposewatchGrantNearExpiry", "4:64 '1h' -> '14400s'")],
    "one second of a grant": [("PurposewatchGrantNearExpiry", "1:86 '> 0' -> '>= 0'"),
                              ("PurposewatchGrantNearExpiry", "1:88 '0' -> '1'")],
    "one second of 1970": [("PurposewatchSafeguardsUnchecked", "1:85 '0' -> '1'")],
    "any value fires": [("PurposewatchWatchdog", "1:8 '1' -> '0.5'"), ("PurposewatchWatchdog", "1:8 '1' -> '2'")],
}

DURATION = re.compile(r"(?<=\[)\d+[smhd](?=\])|(?<=offset )\d+[smhd]")
NUMBER = re.compile(r"(?<![\w.\[\"])\d+(?:\.\d+)?(?![\w.\"\]])")
SWAPS = [(r">=", ">"), (r"<=", "<"), (r"==", "!="), (r"(?<=[ \n])> ", "< "), (r"(?<=[ \n])< ", "> "), (r"> 0", ">= 0"),
         (r"\bunless\b", "and"), (r"\band\b", "or"), (r"\bor\b", "and"), (r"last_over_time\((\w+(?:\{[^}]*\})?)\[\w+\]", r"(\1"),
         (r"\bmin_over_time", "max_over_time"), (r"\bchanges", "resets"), (r"\bresets", "changes"), (r"\bincrease", "idelta"),
         (r"\bpresent_over_time\((\w+(?:\{[^}]*\})?)\[\w+\]\)", r"\1"), (r'\{job="purposewatch"\}', ""),
         (r'threat="\w+"', 'threat="other"'), (r'result="failure"', 'result="success"'), (r"\babs\(", "(")]


def seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]


def mutants(text):
    """(what was made of what, the rule) of each way to make one rule wrong."""
    expression = text["expr"]

    def changed(match, to):
        at = f"{expression[:match.start()].count(chr(10)) + 1}:{match.start() - expression.rfind(chr(10), 0, match.start())}"
        wrong = dict(text, expr=expression[:match.start()] + to + expression[match.end():])
        return f"{at} {match[0]!r} -> {to!r}", wrong
    for pattern, to in SWAPS:
        for match in re.finditer(pattern, expression):
            yield changed(match, match.expand(to))
    for match in DURATION.finditer(expression):
        for factor in (0.25, 4):
            yield changed(match, f"{int(seconds(match[0]) * factor)}s")
    for match in NUMBER.finditer(expression):
        for to in ([float(match[0]) * 0.5, float(match[0]) * 2] if float(match[0]) else [1.0]):
            yield changed(match, f"{to:g}")
    for key in ("for", "keep_firing_for"):
        if key in text:
            yield f"no {key}", {other: value for other, value in text.items() if other != key}
            yield f"{key} doubled", dict(text, **{key: f"{2 * seconds(text[key])}s"})
    for label in text.get("labels", {}):
        yield f"another {label}", dict(text, labels=dict(text["labels"], **{label: "wrong"}))


def tests_about(rule_file, names):
    """What promtool has to say about these rules alone."""
    for file, content in promtool_tests().items():
        if not any(pathlib.Path(named).name == rule_file.name for named in content["rule_files"]):
            continue
        groups = [group for group in content["tests"] if any(name in yaml.safe_dump(group) for name in names)]
        if groups:
            yield file, dict(content, tests=groups)


def is_noticed(rule, wrong, place):
    content = yaml.safe_load(rule.file.read_text())
    names = {rule.name}
    for group in content["groups"]:
        for i, text in enumerate(group["rules"]):
            if text == rule.text:
                group["rules"][i] = wrong
            elif not rule.is_alert and rule.name in text["expr"]:
                names.add(text.get("alert", ""))
    (place / rule.file.name).write_text(yaml.safe_dump(content))
    for file, tests in tests_about(rule.file, names - {""}):
        tests = copy.deepcopy(tests)
        tests["rule_files"] = [str(place / rule.file.name)]
        (place / file.name).write_text(yaml.safe_dump(tests))
        if subprocess.run(["promtool", "test", "rules", place / file.name], capture_output=True).returncode:
            return True
    return False


def main(wanted):
    missed = total = 0
    equal = {one for those in EQUAL.values() for one in those}
    made = set()
    with tempfile.TemporaryDirectory() as directory:
        for rule in rules():
            if wanted and rule.name not in wanted:
                continue
            if is_noticed(rule, rule.text, pathlib.Path(directory)):
                raise SystemExit(f"{rule.name}: its tests fail as it is")
            for what, wrong in mutants(rule.text):
                total += 1
                made.add((rule.name, what))
                if (rule.name, what) in equal or is_noticed(rule, wrong, pathlib.Path(directory)):
                    continue
                print(f"{rule.file.name} {rule.name}: nobody notices {what}", flush=True)
                missed += 1
    for name, what in sorted(equal - made if not wanted else ()):
        print(f"{name}: EQUAL has {what}, which is not made any more")
        missed += 1
    print(f"{total} wrong rules, {missed} not noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
