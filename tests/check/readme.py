"""What README tells people to type exists."""

import json
import re

from tree import Complaint

FENCE = re.compile(r"^\s*```\s*(?P<kind>\w*)")
PATH = re.compile(r"^(?:\./)?((?:tests|debian|\.ci)/[\w./-]+)$")
SUBCOMMAND = re.compile(r"\bpurposewatch\s+([a-z]+)\b")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)")


def check(tree):
    if "README.md" not in tree.files:
        yield Complaint("README.md", 1, "there is none", "write what this is, for whom, and the two commands")
        return
    fenced = False
    for number, line in tree.lines("README.md"):
        fence = FENCE.match(line)
        if fence:
            fenced = not fenced and fence["kind"] in ("", "sh", "shell", "bash", "console")
        elif fenced:
            yield from command_complaints(tree, number, line)
        for target in LINK.findall(line):
            if not (tree.root / target).exists():
                yield Complaint("README.md", number, f"the link to {target} leads nowhere", "mend the link")


def command_complaints(tree, number, line):
    for word in line.split("#", 1)[0].split():
        path = PATH.match(word)
        if not path:
            continue
        target = tree.root / path[1]
        if not target.exists():
            yield Complaint("README.md", number, f"{path[1]} does not exist", "name the command as it is today")
        elif line.split("sudo ")[-1].strip().startswith(word) and not target.stat().st_mode & 0o111:
            yield Complaint("README.md", number, f"{path[1]} cannot be executed", f"chmod +x {path[1]}")
    for preset in re.findall(r"--preset[ =](\S+)", line):
        if preset not in presets(tree):
            yield Complaint("README.md", number, f"there is no preset {preset}", "use one of CMakePresets.json")
    for command in SUBCOMMAND.findall(line.split("#", 1)[0]):
        if not (tree.root / "agent" / "cli" / f"{command}.cc").exists():
            yield Complaint("README.md", number, f"purposewatch has no command {command}", "name one that agent/cli holds")


def presets(tree):
    text = tree.text("CMakePresets.json") if "CMakePresets.json" in tree.files else "{}"
    return {preset["name"] for preset in json.loads(text).get("configurePresets", [])}
