"""Policies for the agent under test: the one store that the load uses, and as many others as asked for."""
import os

PATTERNS_PER_STORE = 100


def filler_paths(tree, count):
    """`count` patterns on the load's own file system: four of five with a wildcard, as hosting servers have them."""
    for i in range(count):
        site = f"{tree}/hosting/site{i:05d}"
        yield f"{site}/public" if i % 5 == 4 else f"{site}/{{client}}/Maildir"


def make_filler_directories(tree, count):
    for path in filler_paths(tree, count):
        os.makedirs(path.replace("{client}", "alice"), exist_ok=True)


def policy(scratch, patterns):
    """A policy with `patterns` store patterns in all, in which `reader` may read the store of the load."""
    stores = {"mail": [f"{scratch.tree}/watched/{{domain}}/{{client}}/Maildir"]}
    fillers = list(filler_paths(scratch.tree, patterns - 1))
    for i in range(0, len(fillers), PATTERNS_PER_STORE):
        stores[f"site-{i // PATTERNS_PER_STORE:03d}"] = fillers[i : i + PATTERNS_PER_STORE]
    lines = [
        'policy: {name: bench, version: "1"}',
        "classes:",
        "  communications: {clause: P2, description: mail}",
        "purposes:",
        "  requested-service: {clause: P4, classes: [communications]}",
        "stores:",
    ]
    for name, paths in stores.items():
        lines += [f"  {name}:", "    class: [communications]", "    paths:"] + [f'      - "{path}"' for path in paths]
    lines += [
        "services:",
        f'  reader: {{exe: ["{scratch.reader}"]}}',
        "permits:",
        f"  - {{service: reader, store: [{', '.join(stores)}], access: [read], purpose: requested-service}}",
    ]
    return "\n".join(lines) + "\n"
