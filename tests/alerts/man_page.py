"""Commands of purposewatch, as the man page has them."""

import re
import shlex

from rule_files import ROOT

MAN_PAGE = ROOT / "debian" / "man" / "purposewatch.8"


def flags_by_command():
    """{command: its flags}; those of every command are among each command's."""
    text = MAN_PAGE.read_text().replace("\\-", "-")
    commands = re.findall(r"^\\fBpurposewatch (\w+)\\fR", text, re.MULTILINE)
    options = text[text.index(".SH OPTIONS"):text.index(".SH POLICY")]
    sections = dict(re.findall(r"^\.SS (.+?)\n(.*?)(?=^\.SS |\Z)", options, re.MULTILINE | re.DOTALL))
    shared = {flag for title, section in sections.items() if title not in commands for flag in flags_in(section)}
    return {command: shared | flags_in(sections.get(command, "")) for command in commands}


def flags_in(section):
    return set(re.findall(r"(?<![\w-])--?[a-z][\w.-]*", section))


def wrong_commands(text):
    """What is wrong with commands of purposewatch in a text, where each stands on a line of its own or between backquotes."""
    known = flags_by_command()
    text = re.sub(r"\\\n\s*", " ", text)
    for line in re.findall(r"`(purposewatch [^`]*)`", text) + re.findall(r"^(purposewatch .*)$", text, re.MULTILINE):
        for part in line.split(" | "):
            words = shlex.split(part, comments=True)
            if words[0] != "purposewatch":
                continue
            if len(words) < 2 or words[1] not in known:
                yield f"{part}: no such command"
                continue
            yield from (f"{part}: no flag {word}" for word in words[2:] if word.startswith("-") and len(word) > 1 and word not in known[words[1]])
