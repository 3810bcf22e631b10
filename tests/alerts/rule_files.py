"""The alert rules and their promtool tests, as values."""

import pathlib
from typing import NamedTuple

SKIPPED = 77  # CTest's SKIP_RETURN_CODE

try:
    import yaml
except ImportError:
    print("skipped: no python3-yaml here")
    raise SystemExit(SKIPPED)

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "rules" / "alerts"
TESTS = ROOT / "tests" / "alerts"


class Rule(NamedTuple):
    file: pathlib.Path
    text: dict  # as YAML has it

    @property
    def name(self):
        return self.text.get("alert") or self.text["record"]

    @property
    def is_alert(self):
        return "alert" in self.text


def rules():
    for file in sorted(RULES.glob("*.rules.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            for text in group["rules"]:
                yield Rule(file, text)


def alerts():
    return [rule for rule in rules() if rule.is_alert]


def promtool_tests():
    """{file: its content}"""
    return {file: yaml.safe_load(file.read_text()) for file in sorted(TESTS.glob("*.test.yml"))}
