"""Policies for the agent under test: the one store that the load uses, and as many others as asked for."""
import json
import os
import pathlib
import time

PATTERNS_PER_STORE = 100
BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def filler_paths(tree, count):
    """`count` patterns on the load's own file system: four of five with a wildcard, as hosting servers have them."""
    for i in range(count):
        site = f"{tree}/hosting/site{i:05d}"
        yield f"{site}/public" if i % 5 == 4 else f"{site}/{{client}}/Maildir"


def make_filler_directories(tree, count):
    for path in filler_paths(tree, count):
        os.makedirs(path.replace("{client}", "alice"), exist_ok=True)


def policy(scratch, patterns):
    """A policy with `patterns` store patterns in all, in which `reader` may read the store of the load, and go with that by
    all the ways out that the load has."""
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
        f"  - {{service: reader, store: [{', '.join(stores)}], access: [read], purpose: requested-service,",
        f'     egress: ["127.0.0.1:*", "unix:{scratch.tree}/way-out"]}}',
    ]
    return "\n".join(lines) + "\n"


def make_clients(tree, count):
    """A mailbox for each, in the store of the load."""
    for number in range(count):
        os.makedirs(f"{tree}/watched/many/client{number:05d}/Maildir", exist_ok=True)


def large_policy(scratch, services, permits):
    """The policy of the load among so many services, each a program of its own, and permits for stores that are elsewhere."""
    programs = f"{scratch.root}/programs"
    os.makedirs(programs, exist_ok=True)
    stores = 50
    for number in range(stores):
        os.makedirs(f"{scratch.tree}/elsewhere/{number}", exist_ok=True)
    lines = ['policy: {name: bench, version: "1"}', "classes: {communications: {clause: P2, description: mail}}", "purposes:",
             "  requested-service: {clause: P4, classes: [communications]}",
             "  legal-process: {clause: P7, classes: [communications], requires: grant}", "stores:",
             f'  mail: {{class: communications, paths: ["{scratch.tree}/watched/{{domain}}/{{client}}/Maildir"]}}']
    lines += [f'  store-{number}: {{class: communications, paths: ["{scratch.tree}/elsewhere/{number}/{{client}}"]}}' for number in range(stores)]
    lines += ["services:", f'  reader: {{exe: ["{scratch.reader}"]}}']
    for number in range(services - 1):
        program = f"{programs}/{number}"
        if not os.path.exists(program):
            with open(program, "w") as file:
                file.write("a program\n")
        lines.append(f'  service-{number}: {{exe: "{program}"}}')
    lines += ["permits:", "  - {service: reader, store: mail, access: [read], purpose: requested-service}"]
    for number in range(permits - 1):
        service = number % (services - 1)
        store = (service + number // (services - 1)) % stores
        lines.append(f"  - {{service: service-{service}, store: store-{store}, access: [read, list, write], purpose: requested-service}}")
    return "\n".join(lines) + "\n"


def stored_grant(number):
    """(name, text) as the agent keeps it."""
    name = f"g-{number:012x}"
    now, boot_ns = time.time_ns(), time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    grant = {"id": name, "user": f"user{number % 500}", "service": "", "store": "mail", "clients": [f"client{number:05d}"],
             "access": ["read", "list"], "purpose": "legal-process", "reference": f"WARRANT-{number}", "approved_by": "carol",
             "requested_by": "dave", "given_wall_ns": now, "expires_wall_ns": now + 3600 * 10**9, "given_boot_ns": boot_ns,
             "expires_boot_ns": boot_ns + 3600 * 10**9, "revoked_boot_ns": 2**64 - 1, "boot_id": BOOT_ID, "end_is_told": False,
             "break_glass": False, "reviewed_by": "", "source": ""}
    return name, json.dumps(grant)
