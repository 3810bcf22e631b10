"""Who may include whom: bpf, rules < exporters < agent, and between the rooms of one floor."""

import re

from tree import Complaint

INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<mark>[<"])(?P<name>[^">]+)[">]')

# A floor's files may include these floors. Tests may include anything, so they are not listed.
FLOORS = {
    "bpf": {"bpf"},
    "rules": {"rules"},
    "exporters": {"exporters", "rules"},
    "agent": {"agent", "exporters", "rules", "bpf"},
}

# A library belongs to one place, so that changing it changes one place.
LIBRARIES = [
    (re.compile(r"^(bpf/|linux/bpf\.h|linux/btf\.h)"), ("bpf/", "agent/kernel/"), "libbpf"),
    (re.compile(r"^yaml-cpp/"), ("rules/language/",), "the YAML library"),
    (re.compile(r"^curl/"), ("exporters/http_client/",), "the HTTP client's library"),
    (re.compile(r"^(prometheus/|microhttpd\.h)"), ("exporters/",), "the metrics and HTTP libraries"),
]

# A file under the first must not include the second, although its floor may.
CLOSED_DOORS = [
    (("rules/base/",), ("rules/model/", "rules/language/", "rules/judge.h"), "base is what everything else needs"),
    (("rules/model/",), ("rules/language/", "rules/judge.h"), "model holds plain values"),
    (("rules/judge.",), ("rules/language/read_", "rules/language/shape"), "judging knows rules, not their text"),
    (("agent/kernel/",), ("exporters/", "agent/flow/", "agent/cli/", "agent/safeguards/"), "the kernel's room hands records up and knows nobody above"),
    (("agent/subject/",), ("exporters/", "agent/kernel/", "agent/flow/", "agent/cli/"), "a subject is read from /proc alone"),
    (("agent/safeguards/",), ("exporters/", "agent/kernel/", "agent/flow/", "agent/cli/"), "a safeguard looks at the host alone"),
    (("agent/storage/",), ("exporters/", "agent/kernel/", "agent/flow/", "agent/cli/"), "storage is read from sysfs and directories alone"),
    (("agent/witness/",), ("agent/kernel/", "agent/flow/", "agent/cli/", "agent/daemon/"), "a witness is asked about the evidence alone"),
    (("agent/flow/",), ("agent/cli/",), "data flows up, commands call down"),
    (("agent/cli/", "agent/subject/", "agent/storage/", "agent/flow/", "agent/safeguards/", "agent/main.cc"), ("bpf/",), "only agent/kernel speaks with the kernel side"),
]

# What every exporter may lean on.
SHARED_EXPORTER_ROOM = "exporters/text/"


def check(tree):
    known = set(tree.files)
    for path in tree.cpp():
        floor = path.split("/", 1)[0]
        if floor not in FLOORS:
            continue
        for number, line in tree.lines(path):
            include = INCLUDE.match(line)
            if not include:
                continue
            if include["mark"] == "<":
                yield from library_complaints(path, number, include["name"])
            else:
                yield from own_complaints(path, number, include["name"], known)


def library_complaints(path, number, name):
    for pattern, homes, title in LIBRARIES:
        if pattern.match(name) and not path.startswith(homes):
            yield Complaint(path, number, f"includes <{name}>, but {title} belongs to {' and '.join(homes)}",
                            f"ask a type of {homes[-1]} for it")


def own_complaints(path, number, name, known):
    floor = path.split("/", 1)[0]
    if floor == "bpf" and "bpf/" + name in known:
        return  # <bpf/...> is libbpf's name there, so the kernel side names its neighbours plainly.
    if name not in known and name + ".in" not in known and not name.endswith(".skel.h"):
        yield Complaint(path, number, f'"{name}" is no file of the project', "write includes from the project's root")
        return
    target = name.split("/", 1)[0]
    if target in FLOORS and target not in FLOORS[floor]:
        yield Complaint(path, number, f"floor {floor} includes floor {target}",
                        f"move what both need down, or hand it in from above ({floor} may use {', '.join(sorted(FLOORS[floor]))})")
        return
    for here, there, why in CLOSED_DOORS:
        if path.startswith(here) and name.startswith(there):
            yield Complaint(path, number, f'"{name}" is closed to {here[0]}', f"{why}: pass a value in instead")
    if floor == target == "exporters" and room(path) != room(name) and not name.startswith(SHARED_EXPORTER_ROOM):
        yield Complaint(path, number, f"exporter room {room(path)} includes room {room(name)}",
                        f"exporters do not know each other: join them in agent/flow, or move what they share to {SHARED_EXPORTER_ROOM}")


def room(path):
    return path.rsplit("/", 1)[0]
