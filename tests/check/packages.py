"""What debian/control asks for is what debian/dependencies.txt lists."""

import re

from tree import Complaint

CONTROL, LIST = "debian/control", "debian/dependencies.txt"
# Build-essential, which no package names; and what makes a package of what was built.
ONLY_LISTED, ONLY_ASKED_FOR = {"g++"}, {"debhelper-compat"}


def check(tree):
    if CONTROL not in tree.files:
        return
    listed, text = sections(tree.text(LIST)), tree.text(CONTROL)
    build, run = asked_for(text, "Build-Depends"), asked_for(text, "Depends")
    yield from differences(text, "Build-Depends", build - ONLY_ASKED_FOR, listed.get("build", set()) - ONLY_LISTED, "[build]")
    yield from differences(text, "Depends", run, listed.get("run", set()), "[run]")


def sections(text):
    """{"build": {"cmake", ...}, ...} of the list."""
    found, section = {}, None
    for line in text.splitlines():
        word = line.split("#", 1)[0].strip()
        if word.startswith("["):
            section = found.setdefault(word.strip("[]"), set())
        elif word and section is not None:
            section.add(word)
    return found


def asked_for(control, field):
    """The packages of a field; those that debhelper finds (${shlibs:Depends}) are not among them."""
    value = re.search(rf"^{field}:((?:.*\n)(?:[ \t].*\n)*)", control, re.M)
    names = (entry.strip().split(" ", 1)[0] for entry in (value[1] if value else "").split(","))
    return {name for name in names if name and not name.startswith("$")}


def differences(control, field, asked, listed, section):
    line = next((number for number, text in enumerate(control.splitlines(), 1) if text.startswith(field + ":")), 1)
    for name in sorted(listed - asked):
        yield Complaint(CONTROL, line, f"{field} lacks {name}, which {section} of {LIST} lists", "name it in both, or in neither")
    for name in sorted(asked - listed):
        yield Complaint(CONTROL, line, f"{field} asks for {name}, which {section} of {LIST} does not list", "name it in both, or in neither")
